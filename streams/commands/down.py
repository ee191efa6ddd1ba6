"""`kpi down`: stop what `kpi up` started in this home."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from streams import clock
from streams.errors import KpiError
from streams.local.instance import Instance
from streams.settings import load_settings

app = typer.Typer()

# `kpi up` stops within ten seconds; what is left after this is ended by force.
_PATIENCE_S: Final = 15.0
_FORCE_S: Final = 5.0
_LOOK_EVERY_S: Final = 0.1


@app.command()
def down(
    home: Annotated[Path | None, typer.Option(help="state folder (KPI_HOME)")] = None,
) -> None:
    """Stop what `kpi up` started in this home, wait, and exit 0 when nothing is left.

    Example: kpi down
    """
    settings = load_settings(home=home)
    instance = Instance(settings.home)
    supervisor = instance.supervisor()
    if supervisor is None and not instance.living():
        typer.echo(f"nothing runs in {settings.home}")
        return
    if supervisor is not None:
        os.kill(supervisor, signal.SIGTERM)
        _wait(lambda: instance.supervisor() is None, _PATIENCE_S)
    if not _gone(instance):
        _force(instance)
    typer.echo("stopped; the data is kept")


def _force(instance: Instance) -> None:
    supervisor = instance.supervisor()
    if supervisor is not None:
        os.kill(supervisor, signal.SIGKILL)
    instance.end_leftovers()
    if not _wait(lambda: _gone(instance), _FORCE_S):
        raise KpiError(f"still running: {instance.living()}")


def _gone(instance: Instance) -> bool:
    return instance.supervisor() is None and not instance.living()


def _wait(done: Callable[[], bool], seconds: float) -> bool:
    deadline = clock.monotonic() + seconds
    while not done():
        if clock.monotonic() > deadline:
            return False
        time.sleep(_LOOK_EVERY_S)
    return True
