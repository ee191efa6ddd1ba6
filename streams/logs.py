"""Logs: an event name and fields, one line each, JSON for machines or coloured for people."""

import logging
import math
import sys
from typing import Final

import structlog
from structlog.typing import FilteringBoundLogger, Processor

from streams import clock

_DRIVERS: Final = ("clickhouse_connect", "aiokafka", "faust", "mode", "httpx", "asyncio")
_SAY_AGAIN_S: Final = 60.0


class _Sparing(logging.Filter):
    """Lets each line of a driver speak once a minute: they log every attempt at a server that is away."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in _DRIVERS:
            return True
        place, now = (record.pathname, record.lineno), clock.monotonic()
        if now - self._said.get(place, -math.inf) < _SAY_AGAIN_S:
            return False
        self._said[place] = now
        return True


def configure_logs(level: str, fmt: str) -> None:
    """Send structlog and the standard library's loggers to stderr in one form."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer()
        if fmt == "console"
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Sparing())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # The drivers log values of rows at these levels, and rows are not ours to print.
    for noisy in _DRIVERS:
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    # This one does so even in its errors; whoever calls it is told anyway.
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> FilteringBoundLogger:
    """Give the logger of a part of the service, such as `source`."""
    logger: FilteringBoundLogger = structlog.get_logger(f"laocai.{name}")
    return logger
