"""Write the boards: JSON below `grafana/boards/`, generated and committed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from streams.boards.panels import Json
from streams.boards.tong_quan import UID, tong_quan
from streams.registry import Registry

#: Every board by its uid, which is also its file's name.
BOARDS: Final[dict[str, Callable[[Registry], Json]]] = {UID: tong_quan}


def render(registry: Registry) -> dict[str, str]:
    """Give the text of every board's file, by file name."""
    return {f"{uid}.json": _text(make(registry)) for uid, make in BOARDS.items()}


def outdated(folder: Path, files: dict[str, str]) -> list[str]:
    """Name the files of a folder that differ from what they should be, are missing or too many."""
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in there.keys() | files.keys() if there.get(name) != files.get(name))


def write(folder: Path, files: dict[str, str]) -> None:
    """Bring a folder to what it should be; a board that is no more is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in outdated(folder, files):
        if name in files:
            (folder / name).write_text(files[name], encoding="utf-8")
        else:
            (folder / name).unlink()


def _text(board: Json) -> str:
    return json.dumps(board, ensure_ascii=False, indent=2) + "\n"
