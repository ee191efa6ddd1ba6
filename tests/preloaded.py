"""What the server of forks imports: all commands but those whose libraries start threads."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

import streams.commands

_NOT_FORKED: Final = {"clickhouse", "wall"}

for module in iter_modules(streams.commands.__path__):
    if module.name not in _NOT_FORKED:
        import_module(f"streams.commands.{module.name}")
