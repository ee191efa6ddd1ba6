"""The progress bar of the history, on a terminal only."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from producers import history


class HistoryBar:
    """Draws days done of days in all, the pace and the time left."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        pace = TextColumn("{task.fields[rate]:,} events/s, {task.fields[eta]} s left")
        columns = (TextColumn("history"), BarColumn(), MofNCompleteColumn(), TextColumn("days"), pace)
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task("history", total=None, rate=0, eta=0)

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bar as it is."""
        self._bar.stop()

    def draw(self, step: history.Progress) -> None:
        """Draw a step."""
        self._bar.update(
            self._task, completed=step.done_days, total=step.total_days, rate=step.rate, eta=step.eta
        )
