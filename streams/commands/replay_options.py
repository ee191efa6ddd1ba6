"""What the `kpi replay` commands share."""

import re
from typing import Annotated, Final

import typer

from streams.errors import UsageError

_NAME: Final = re.compile(r"[a-z0-9_]{1,24}")
NameArgument = Annotated[str, typer.Argument(help="The replay, as kpi replay list names it.", metavar="RUN")]


def check_name(name: str) -> str:
    """Refuse what cannot be part of a database's name.

    Raises:
        UsageError: it is none.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name of a replay: small letters, digits and _, at most 24")
    return name
