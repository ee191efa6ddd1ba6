"""`kpi definitions`: what each number means."""

from difflib import get_close_matches
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from streams.core.definitions import CATALOGUE, Definition
from streams.core.definitions.vietnamese import MEANINGS
from streams.errors import UsageError

app = typer.Typer()


@app.command()
def command(
    name: Annotated[str, typer.Argument(help="A KPI; without one, all are listed.")] = "",
) -> None:
    """Say what a KPI is, how it is worked out, where it is read, and what it rests on.

    Example: kpi definitions pace
    """
    if not name:
        _list()
        return
    if name not in CATALOGUE:
        near = get_close_matches(name, CATALOGUE, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "list them with: kpi definitions"
        raise UsageError(f"there is no KPI {name!r}; {hint}")
    Console(highlight=False).print(_card(CATALOGUE[name]))


def _list() -> None:
    table = Table("KPI", "tên", "title", "unit", "assumption")
    for one in CATALOGUE.values():
        table.add_row(one.name, one.title_vi, one.title_en, one.unit, "assumption" if one.assumption else "")
    Console(highlight=False).print(table)


def _card(one: Definition) -> Table:
    card = Table.grid(padding=(0, 2))
    card.add_column(no_wrap=True)
    card.add_column()
    card.add_row(one.name, f"{one.title_vi} / {one.title_en}")
    if one.name in MEANINGS:
        card.add_row("nghĩa là", MEANINGS[one.name].words)
    card.add_row("unit", one.unit)
    card.add_row("formula", one.formula)
    card.add_row("grain", one.grain)
    card.add_row("read it in", "\n".join(one.columns))
    for caveat in one.caveats:
        card.add_row("caveat", caveat)
    card.add_row("source", one.source)
    card.add_row("assumption", one.assumption or "none")
    return card
