"""What the `kpi replay` commands share."""

import re
from typing import Annotated, Final

import typer

from streams.errors import UsageError

# `x_g1` would have the tables of replay `x` for its site.
_NAME: Final = re.compile(r"(?!\w*_g\d+$)[a-z0-9_]{1,24}")
NameArgument = Annotated[str, typer.Argument(help="The replay, as kpi replay list names it.", metavar="RUN")]


def check_name(name: str) -> str:
    """Refuse what cannot be part of a database's name.

    Raises:
        UsageError: it is none.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name of a replay: small letters, digits and _, at most 24, and no _g1 at the end"
        )
    return name
