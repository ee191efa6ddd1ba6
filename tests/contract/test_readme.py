"""What the README and the operators' pages name is there: links, images, commands and their options."""

import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

import pytest
import typer

from streams import cli
from streams.cli import COMMANDS
from streams.resources import checkout

README = checkout() / "README.md"
_PAGES: Final = [
    README,
    *sorted((checkout() / "deploy").glob("*.md")),
    *sorted((checkout() / "deploy/howto").glob("*.md")),
]
# What stands in a block, or between single signs.
_CODE: Final = re.compile(r"^```[^\n]*\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
_COMMAND: Final = re.compile(r"(?:^|[\s/])kpi ([a-z].*)", re.MULTILINE)
_NEXT: Final = ("|", "&&", "&", "then")


def test_every_relative_link_and_image_exists() -> None:
    """A reader of the repository follows no link into nothing."""
    targets = re.findall(r"\]\(([^)\s]+)[^)]*\)", README.read_text(encoding="utf-8"))
    relative = [target.partition("#")[0] for target in targets if "://" not in target]

    assert relative
    assert [] == [name for name in relative if name and not (checkout() / name).exists()]


def test_the_command_table_lists_every_command_and_no_other() -> None:
    """Also those that only `kpi up` and the installation call."""
    section = README.read_text(encoding="utf-8").partition("\n## Commands\n")[2].partition("\n##")[0]
    first_cells = re.findall(r"^\|([^|]*`kpi [^|]*)\|", section, re.MULTILINE)
    named = {name for cell in first_cells for name in re.findall(r"`kpi ([a-z-]+)", cell)}

    assert set(COMMANDS) == named


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_every_command_line_is_one_that_the_commands_take(page: Path) -> None:
    """Subcommands and options exist as they are written, in blocks and in the text."""
    assert [] == [f"{line}: {why}" for line in _lines(page) if (why := _misspelt(line))]


def test_command_lines_are_found_and_judged() -> None:
    """Else the test above would hold whatever the pages say."""
    assert sum(1 for page in _PAGES for _ in _lines(page)) > 200
    assert "no option --drain" == _misspelt("check --drain --timeout 120")
    assert "no command redrove" == _misspelt("dlq redrove")
    assert "" == _misspelt('query "SELECT count(*); " --format csv | head -3')


def _lines(page: Path) -> Iterator[str]:
    for block, span in _CODE.findall(page.read_text(encoding="utf-8")):
        yield from _COMMAND.findall(block.replace("\\\n", " ") or span)


def _misspelt(line: str) -> str:
    """Say which word of a line the commands do not know; nothing: all are known."""
    whole = re.sub(r"\[(--[^]]*)\]", r"\1", line)
    words = list(takewhile(lambda word: word not in _NEXT, shlex.split(whole, comments=True)))
    command: Any = typer.main.get_command(cli.app)
    context = typer.Context(command)
    while hasattr(command, "get_command") and words:
        name = words.pop(0).rstrip(";)")
        command = command.get_command(context, name)
        if command is None:
            return f"no command {name}"
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
    options = (word.rstrip(";)").partition("=")[0] for word in words if re.match(r"--?[a-z]", word))
    return next((f"no option {option}" for option in options if option not in known), "")
