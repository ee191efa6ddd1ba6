"""What a message says, in Vietnamese or English; numbers are written as each language does."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from streams.core.alerts.evaluate import Happening
from streams.core.alerts.machine import Kind
from streams.core.alerts.subscriptions import Language

_SIGNS: Final = {"info": "○", "warning": "◆", "critical": "■"}
_OVER: Final = {
    ("vi", Kind.RESOLVED): "Đã hết: ",
    ("vi", Kind.CORRECTED): "Đính chính, số liệu đã thay đổi: ",
    ("en", Kind.RESOLVED): "Over: ",
    ("en", Kind.CORRECTED): "Corrected, the figures have changed: ",
}


class Message(NamedTuple):
    """A message before it is addressed."""

    title: str
    text: str


class Wording(NamedTuple):
    """What names and words of the data are called in a language."""

    lang: Language
    place: str
    words: Mapping[str, str]


def write_message(happening: Happening, wording: Wording) -> Message:
    """Write what happened."""
    rule, standing = happening.rule, happening.standing
    over = _OVER.get((wording.lang, happening.kind), "")
    sign = "●" if over else _SIGNS[rule.severity]
    filled = {
        "place": wording.place,
        "value": _number(standing.value, rule.decimals, wording.lang),
        "limit": _number(rule.limit, 0 if (rule.limit or 0) % 1 == 0 else 1, wording.lang),
        "sample": f"{standing.sample}",
        "word": wording.words.get(standing.word, standing.word),
        "before": wording.words.get(happening.before, happening.before),
    }
    title, message = (getattr(words, wording.lang) for words in (rule.title, rule.message))
    return Message(f"{sign} {over}{title}: {wording.place}", message.format_map(filled))


def _number(value: float | None, decimals: int, lang: Language) -> str:
    if value is None:
        return "—"
    text = f"{value:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if lang == "vi" else text
