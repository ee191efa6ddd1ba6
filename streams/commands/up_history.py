"""What `kpi up` shows of the history while it is filled: a bar on a terminal, else a line every tenth."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import typer

from producers.history import Progress
from streams.commands.history_bar import HistoryBar

_LOOK_EVERY_S: Final = 0.5
_TENTHS: Final = 10


def status_file(home: Path) -> Path:
    """Give the file in which the history says how far it is."""
    return home / "simulate" / "history.json"


async def show_history(home: Path) -> None:
    """Show the progress until the history is complete."""
    with HistoryBar() as bar:
        lines = _lines(typer.echo)
        while True:
            progress = _read(status_file(home))
            if progress is not None:
                bar.draw(progress)
                lines(progress)
                if progress.done_days >= progress.total_days:
                    return
            await asyncio.sleep(_LOOK_EVERY_S)


def _read(path: Path) -> Progress | None:
    return Progress(**json.loads(path.read_bytes())) if path.is_file() else None


def _lines(say: Callable[[str], None]) -> Callable[[Progress], None]:
    said = 0

    def line(progress: Progress) -> None:
        nonlocal said
        tenth = _TENTHS * progress.done_days // max(progress.total_days, 1)
        if tenth > said and progress.total_days:
            said = tenth
            say(f"history: {progress.done_days} of {progress.total_days} days, {progress.eta} s to go")

    return line
