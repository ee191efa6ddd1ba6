"""Spans of time, half-open and in milliseconds: what has been sent and what is missing."""

from collections.abc import Iterable

Span = tuple[int, int]


def merged(spans: Iterable[Span]) -> list[Span]:
    """Join spans that touch or overlap, in order; empty ones vanish."""
    result: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def missing(whole: Span, covered: Iterable[Span]) -> list[Span]:
    """Give the parts of a span that no other one covers, in order."""
    position, gaps = whole[0], []
    for start, end in merged(covered):
        gaps.append((position, min(start, whole[1])))
        position = max(position, end)
    gaps.append((position, whole[1]))
    return [gap for gap in gaps if gap[0] < gap[1]]
