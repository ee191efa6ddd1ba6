"""`kpi alerts grafana`: Grafana's alerting files, made from the rules."""

from pathlib import Path
from typing import Annotated

import typer

from streams.alerts.files import load_rules
from streams.alerts.grafana import render
from streams.errors import KpiError, UsageError
from streams.generated_files import outdated, write
from streams.resources import checkout, is_checkout


def grafana(
    check: Annotated[bool, typer.Option("--check", help="write nothing; exit 1 when a file differs")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="default grafana/provisioning/alerting of the checkout")
    ] = None,
) -> None:
    """Write Grafana's rules, contact points, policies, mute timings and templates from deploy/alerts.toml.

    Example: kpi alerts grafana --check
    """
    if folder is None and not is_checkout():
        raise UsageError("this is no checkout: say where to write with --folder")
    folder = folder or checkout() / "grafana/provisioning/alerting"
    files = render(load_rules())
    changed = outdated(folder, files)
    if check and changed:
        raise KpiError(f"not what the generator makes: {', '.join(changed)}; run: kpi alerts grafana")
    if not check:
        write(folder, files)
    typer.echo(f"{folder}: {len(files)} files, {0 if check else len(changed)} written")
