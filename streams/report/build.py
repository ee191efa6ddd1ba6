"""A report of what the views answered; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from streams.core.definitions import CATALOGUE
from streams.core.definitions.vietnamese import MEANINGS
from streams.registry import Registry
from streams.report.model import Note, Report, Section
from streams.report.names import names_of
from streams.report.part import Part, Row, section_of
from streams.report.periods import Kind, Span
from streams.report.units import DATE, TIME

# What the next shift must know comes first on the hand-over page.
_HAND_OVER: Final = (
    "alerts",
    "waiting",
    "gates",
    "stops",
    "silences",
    "forecast",
    "booth",
    "stays",
    "crossings",
)


@dataclass(frozen=True)
class Warnings:
    """What is said above everything: that events are simulated, and of which days nothing is known."""

    simulated: bool = False
    missing: Sequence[Row] = ()


def build(
    span: Span,
    parts: Sequence[Part],
    answers: Mapping[str, list[Row]],
    registry: Registry,
    warnings: Warnings,
) -> Report:
    """Make the report of a period; `answers` are the rows of each section by its name."""
    names = names_of(registry)
    assumed = frozenset(name for name, one in CATALOGUE.items() if one.assumption)
    shown = sorted(parts, key=_rank) if span.period.kind is Kind.SHIFT else parts
    sections = tuple(section_of(part, answers[part.name], names, assumed) for part in shown)
    return Report(
        title=_title(span),
        facts=(*_facts(span, registry), ("Số liệu đến", _as_of(answers.get("freshness", []), names))),
        warnings=tuple(_warnings(warnings, names)),
        sections=sections,
        notes=tuple(_notes(sections)),
        asked_at=span.at,
    )


def _warnings(found: Warnings, names: Mapping[str, str]) -> Iterable[str]:
    if found.simulated:
        yield "DỮ LIỆU MÔ PHỎNG"
    if found.missing:
        days = "; ".join(
            f"{names.get(str(row['subject']), row['subject'])} {DATE.text(row['first_day'])}"
            f" đến {DATE.text(row['last_day'])}"
            for row in found.missing
        )
        yield f"THIẾU SỐ LIỆU (chưa nhận hoặc đang nạp): {days}. Lũy kế, nhịp độ và dự báo còn thấp."


def _title(span: Span) -> str:
    if span.period.kind is Kind.SHIFT:
        return f"Báo cáo giao ca: {span.period.title}"
    return f"Báo cáo {span.period.title.lower()}"


def _facts(span: Span, registry: Registry) -> Iterable[tuple[str, str]]:
    hanoi, beijing = ZoneInfo(registry.timezone), ZoneInfo(registry.counterpart_timezone)
    yield "Kỳ báo cáo", _stretch(span.period.begin, span.period.end, hanoi) + " giờ Hà Nội"
    yield "Giờ Bắc Kinh", _stretch(span.period.begin, span.period.end, beijing)
    yield "Lập lúc", f"{span.at.astimezone(hanoi):%H:%M:%S %d/%m/%Y} giờ Hà Nội"
    if span.running:
        yield "Kỳ đang chạy", "số liệu đến lúc lập; kỳ so sánh cũng chỉ tính phần thời gian đã qua"
    compared = _stretch(span.before.begin, span.before_end, hanoi)
    yield "So sánh với", f"{span.before.title} ({compared})"


def _rank(part: Part) -> int:
    return _HAND_OVER.index(part.name) if part.name in _HAND_OVER else len(_HAND_OVER)


def _as_of(freshness: Iterable[Row], names: Mapping[str, str]) -> str:
    """Name the newest event of each topic; sources have a detail."""
    topics = [row for row in freshness if not row["detail"]]
    said = (
        f"{names.get(str(row['subject']), row['subject'])} {TIME.text(row['last_event_time'])}"
        for row in topics
    )
    return "; ".join(said) or "chưa có sự kiện nào"


def _stretch(begin: datetime, end: datetime, zone: ZoneInfo) -> str:
    return f"{begin.astimezone(zone):%H:%M %d/%m/%Y} đến {end.astimezone(zone):%H:%M %d/%m/%Y}"


def _notes(sections: Iterable[Section]) -> Iterable[Note]:
    used = dict.fromkeys(figure.definition for section in sections for figure in section.figures)
    for name in used:
        if name:
            yield Note(name, CATALOGUE[name].title_vi, *MEANINGS[name])
