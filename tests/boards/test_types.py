"""Each board is of Grafana's own published types, as TypeScript's compiler sees it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from streams.resources import resource

FILES = sorted(resource("grafana/boards").glob("*.json"))
_LOCKED: Final = Path(__file__).with_name("types")
_NEEDED: Final = ("package.json", "package-lock.json", ".npmrc")
# Kept beside the Python packages: made once, and gone with `make clean`.
_CACHE: Final = Path(sys.prefix) / "grafana-types"
_RAW: Final = "./node_modules/@grafana/schema/dist/types/raw"
_KINDS: Final = {
    "stat": "stat", "gauge": "gauge", "bargauge": "bargauge", "timeseries": "timeseries", "table": "table",
    "state-timeline": "statetimeline", "status-history": "statushistory", "text": "text",
}  # fmt: skip
_STYLED: Final = {"timeseries", "table", "state-timeline", "status-history"}
# In JSON a member of an enum of words is the word.
_PLAIN: Final = """
type Plain<T> = T extends string ? `${T}` : T extends (infer U)[] ? Plain<U>[]
  : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
type Is<T> = Plain<Partial<T>>;
"""
_COMPILE: Final = (
    "node", "node_modules/typescript/bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022",
    "--module", "esnext", "--moduleResolution", "bundler", "boards.ts",
)  # fmt: skip
_NO_NODE: Final = "the boards' types need node 18 or newer and npm; on Debian: apt-get install nodejs npm"


@pytest.fixture(scope="module")
def grafana_types() -> Path:
    """Give a folder with Grafana's types and the compiler, of the versions and hashes in the lock file."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.fail(_NO_NODE, pytrace=False)
    locked = {name: (_LOCKED / name).read_bytes() for name in _NEEDED}
    if not _is_there(locked):
        shutil.rmtree(_CACHE, ignore_errors=True)
        _CACHE.mkdir(parents=True)
        for name, content in locked.items():
            (_CACHE / name).write_bytes(content)
        done = _run("npm", "ci", "--silent", "--no-progress")
        if done.returncode:
            (_CACHE / "package-lock.json").unlink()
            pytest.fail(f"npm could not install Grafana's types: {done.stdout.strip()[-300:]}", pytrace=False)
    return _CACHE


def _is_there(locked: dict[str, bytes]) -> bool:
    kept = [_CACHE / name for name in _NEEDED]
    return all(path.is_file() and path.read_bytes() == locked[path.name] for path in kept)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.run(command, cwd=_CACHE, timeout=240, check=False, **streams)


def _typescript(boards: list[dict[str, Any]]) -> Iterator[str]:
    """Write the boards as literals of Grafana's types, each on a line, which tells the place."""
    yield f"import type {{ Dashboard, FieldConfig, Panel }} from '{_RAW}/dashboard/x/types.gen';"
    for kind, folder in _KINDS.items():
        yield f"import type * as {_name(kind)} from '{_RAW}/composable/{folder}/panelcfg/x/types.gen';"
    yield _PLAIN
    for board in boards:
        yield _literal("Dashboard", {**board, "panels": []}, board["uid"])
        for panel in board["panels"]:
            yield from _panel(panel, f"{board['uid']}, panel {panel['id']}")


def _panel(panel: dict[str, Any], where: str) -> Iterator[str]:
    kind, name = panel["type"], _name(panel["type"])
    yield _literal("Panel", panel, where)
    yield _literal(f"{name}.Options", panel.get("options", {}), f"{where}, options")
    source = panel.get("fieldConfig", {"defaults": {}, "overrides": []})
    styles = [source["defaults"].get("custom", {})]
    for number, override in enumerate(source["overrides"]):
        place = f"{where}, override {number}"
        fields = {one["id"]: one["value"] for one in override["properties"]}
        styles.append({key.removeprefix("custom."): value for key, value in fields.items() if "." in key})
        plain = {key: value for key, value in fields.items() if "." not in key}
        yield _literal("FieldConfig", plain, place)
    for style in styles:
        style_type = f"{name}.FieldConfig" if kind in _STYLED else "Record<string, never>"
        yield _literal(style_type, style, f"{where}, style")


def _name(kind: str) -> str:
    return kind.replace("-", "_")


def _literal(kind: str, value: Any, where: str) -> str:
    return f"({json.dumps(value, ensure_ascii=False)}) satisfies Is<{kind}>; // {where}"


def complaints(folder: Path, boards: list[dict[str, Any]]) -> list[str]:
    """Give what the compiler says of boards, with the place in the board."""
    lines = "\n".join(_typescript(boards)).split("\n")
    (folder / "boards.ts").write_text("\n".join(lines), encoding="utf-8")
    done = _run(*_COMPILE)
    found = [line for line in done.stdout.splitlines() if line.startswith("boards.ts(")]
    assert found or not done.returncode, done.stdout
    return [f"{lines[int(line[10:].partition(',')[0]) - 1].rpartition('// ')[2]}: {line}" for line in found]


def test_boards_are_of_grafanas_types(grafana_types: Path) -> None:
    """Every key is one that Grafana knows, every value of its type: boards, variables, panels, styles."""
    boards = [json.loads(path.read_text(encoding="utf-8")) for path in FILES]

    assert [] == complaints(grafana_types, boards)


def test_a_wrong_board_is_told(grafana_types: Path) -> None:
    """An option that there is none of, a word that is none of an enum's, a style of another type."""
    board = json.loads(resource("grafana/boards/cua-khau.json").read_text(encoding="utf-8"))
    of_kind = {one["type"]: one for one in board["panels"]}
    stat, strip = of_kind["stat"], of_kind["state-timeline"]
    stat["options"]["colourMode"] = "value"
    strip["options"]["showValue"] = "sometimes"
    strip["fieldConfig"]["defaults"]["custom"]["lineWidth"] = "thin"
    board["graphTooltip"] = 7
    told = complaints(grafana_types, [board])

    assert 4 == len(told)
    for words in ("colourMode", "sometimes", "style: boards.ts", "cua-khau: boards.ts"):
        assert any(words in line for line in told)
