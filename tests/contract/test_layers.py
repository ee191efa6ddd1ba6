"""Who may import whom: the contracts of pyproject.toml hold, and they name every module."""

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from streams.resources import checkout

# What each may know of `streams`; every other module must be named as forbidden.
_ALLOWED = {
    "streams.core": {"core", "codes", "errors", "events", "registry", "resources", "topics"},
    "producers": {
        "clock",
        "codes",
        "compressed",
        "errors",
        "events",
        "kafka",
        "logs",
        "registry",
        "resources",
        "settings",
        "tls",
        "topics",
        "web_headers",
    },
}


def test_imports_point_down(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every import of both packages keeps to the layers."""
    monkeypatch.chdir(checkout())

    assert EXIT_STATUS_SUCCESS == lint_imports(no_logo=True), capsys.readouterr().out


@pytest.mark.parametrize("source", _ALLOWED)
def test_a_new_module_is_forbidden_until_it_is_allowed(source: str) -> None:
    """The list of what the core and the producers may not import is complete."""
    forbidden = {name for name in _contract(source)["forbidden_modules"] if name.startswith("streams.")}

    assert {f"streams.{name}" for name in _modules() - _ALLOWED[source]} == forbidden


def _contract(source: str) -> dict[str, Any]:
    config = tomllib.loads((checkout() / "pyproject.toml").read_text())
    contracts: list[dict[str, Any]] = config["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract.get("source_modules") == [source])


def _modules() -> set[str]:
    files = (checkout() / "streams").glob("*")
    return {path.stem for path in files if _is_module(path) and path.stem != "__init__"}


def _is_module(path: Path) -> bool:
    return path.suffix == ".py" or (path / "__init__.py").is_file()


_ORACLES = ("tests/oracle.py", "tests/faults/oracle.py", "tests/faults/facts.py")
# Where the servers are, what the topics are called, and the tuple that a record is.
_OUTSIDE = {"streams.clickhouse", "streams.settings", "streams.topics", "streams.core.record"}


def test_the_oracles_share_nothing_with_what_they_judge() -> None:
    """Whatever they import, and what that imports of the tests, knows addresses and topics, and no fold."""
    found: set[str] = set()
    left = [checkout() / name for name in _ORACLES]
    seen = set(left)
    while left:
        names = _imports(left.pop())
        found |= {name for name in names if name.partition(".")[0] in {"streams", "producers"}}
        new = {checkout() / (name.replace(".", "/") + ".py") for name in names if name.startswith("tests.")}
        left += new - seen
        seen |= new

    assert found <= _OUTSIDE


def _imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names |= set(inside) if node.module in {"streams", "tests"} else {node.module}
    return names
