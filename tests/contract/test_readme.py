"""What the README names is there: links, images and commands."""

import re

from streams.cli import COMMANDS
from streams.resources import checkout

README = checkout() / "README.md"


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
