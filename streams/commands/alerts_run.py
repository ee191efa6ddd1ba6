"""`kpi alerts run`: evaluate the rules and tell the subscribers."""

import typer

from streams.alerts.service import Service
from streams.commands.until_signal import run_until_signal
from streams.logs import configure_logs
from streams.settings import load_settings


def run() -> None:
    """Evaluate the rules over the KPIs and tell the subscribers, until Ctrl-C or SIGTERM.

    `kpi up` runs this for you. Of several instances one works, the others wait to take over.

    Example: kpi alerts run
    """
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    run_until_signal(Service(settings).run())
    raise typer.Exit
