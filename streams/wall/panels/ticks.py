"""Marks of a time axis that is drawn without a chart."""

from datetime import timedelta, tzinfo
from typing import Final

from streams.wall.timerange import TimeRange

_STEPS_S: Final = (300, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800)
_MOST: Final = 9
_DAY_S: Final = 86_400
# Words so near to an end, in percent, would reach over it.
_END: Final = 2.5


def ticks(span: TimeRange, zone: tzinfo) -> list[tuple[float, str]]:
    """Give the place in percent and the words of each mark: round times of the zone, dates over days."""
    step = next((step for step in _STEPS_S if span.seconds / step <= _MOST), _STEPS_S[-1])
    start = span.start.astimezone(zone)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = (start - midnight).total_seconds()
    moment = midnight + timedelta(seconds=-(-passed // step) * step)
    found = []
    while moment <= span.end:
        place = 100 * (moment - span.start).total_seconds() / span.seconds
        if _END <= place <= 100 - _END:
            turns = moment.hour == moment.minute == 0 and span.seconds > _DAY_S
            found.append((round(place, 3), f"{moment:%d/%m}" if turns else f"{moment:%H:%M}"))
        moment += timedelta(seconds=step)
    return found
