"""Which module draws which panel type."""

from collections.abc import Callable
from typing import Final

from streams.wall.panels import bargauge, gauge, squares, stat, strip, table, text, timeseries
from streams.wall.panels.drawing import Drawing, Picture, message

_DRAWERS: Final[dict[str, Callable[[Picture], Drawing]]] = {
    "stat": stat.draw,
    "gauge": gauge.draw,
    "bargauge": bargauge.draw,
    "timeseries": timeseries.draw,
    "table": table.draw,
    "state-timeline": strip.draw,
    "status-history": squares.draw,
    "text": text.draw,
}


def draw(picture: Picture) -> Drawing:
    """Draw a panel by its type; a type that the wall does not know says so."""
    drawer = _DRAWERS.get(picture.panel.type)
    if drawer is None:
        return message(picture, f"Màn hình này chưa vẽ được loại “{picture.panel.type}”; xem trên Grafana.")
    return drawer(picture)
