"""Files that are generated and committed: which of a folder are not as they should be, and making them so."""

from collections.abc import Mapping
from pathlib import Path


def outdated(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Name the files of a folder that differ from what they should be, are missing or too many.

    Files of other endings are somebody else's.
    """
    suffixes = {Path(name).suffix for name in files}
    there = {
        path.name: path.read_text(encoding="utf-8") for path in folder.glob("*") if path.suffix in suffixes
    }
    return sorted(name for name in there.keys() | files.keys() if there.get(name) != files.get(name))


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Bring a folder to what it should be; a file that is no more is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in outdated(folder, files):
        if name in files:
            (folder / name).write_text(files[name], encoding="utf-8")
        else:
            (folder / name).unlink()
