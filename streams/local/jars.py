"""Apache Kafka's jars: fetched once by jgo at `make install`, checked by SHA-256, used offline afterwards."""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import stamina
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.env import EnvironmentBuilder, EnvironmentSpec, LockedDependency, LockFile
from jgo.maven import MavenContext

from streams.errors import DependencyDownError, RefusedError
from streams.resources import resource

_DOWNLOADS_AT_ONCE: Final = 8
_TIMEOUT_S: Final = 60
_ATTEMPTS: Final = 4


def jars_folder() -> Path:
    """Give the folder of the jars: part of this Python environment, named by the lock that filled it."""
    lock = _sha256(resource("deploy/kafka/jgo.lock.toml"))
    return Path(sys.prefix) / "share" / "laocai-gate-kpi" / f"kafka-{lock[:16]}"


def require_jars() -> Path:
    """Give the folder of the jars once all of them are there.

    Raises:
        RefusedError: one is missing; the text says how to get it.
    """
    folder = jars_folder()
    if any(not (folder / _file_name(jar)).is_file() for jar in _locked()):
        raise RefusedError("Apache Kafka's jars are not installed. Run: make install (or: kpi fetch-kafka)")
    return folder


def fetch_jars(cache: Path | None = None) -> Path:
    """Put every locked jar into `jars_folder()`, downloading what the cache lacks; quick when all are there.

    Raises:
        DependencyDownError: a jar cannot be downloaded.
        RefusedError: a jar's SHA-256 is not the lock's.
    """
    folder = jars_folder()
    folder.mkdir(parents=True, exist_ok=True)
    missing = [jar for jar in _locked() if not (folder / _file_name(jar)).is_file()]
    context = _maven(cache or _download_cache())
    with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
        list(pool.map(lambda jar: _install(context, jar, folder), missing))
    return folder


def write_lock(cache: Path | None = None) -> Path:
    """Resolve `deploy/kafka/jgo.toml` anew and write the lock beside it, for who moves to another version."""
    spec_file = resource("deploy/kafka/jgo.toml")
    context = _maven(cache or _download_cache())
    wanted = EnvironmentBuilder(context).spec_to_dependencies(EnvironmentSpec.load(spec_file))
    given, transitive = context.resolver.resolve(wanted)
    lock = LockFile.from_resolved_dependencies([*given, *transitive], environment_name="kafka")
    target = spec_file.with_name("jgo.lock.toml")
    lock.save(target)
    return target


def _locked() -> Iterator[LockedDependency]:
    yield from LockFile.load(resource("deploy/kafka/jgo.lock.toml")).dependencies


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _file_name(jar: LockedDependency) -> str:
    classifier = f"-{jar.classifier}" if jar.classifier else ""
    return f"{jar.artifactId}-{jar.version}{classifier}.{jar.packaging}"


def _download_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "laocai-gate-kpi" / "maven"


def _maven(cache: Path) -> MavenContext:
    # A mirror named `central` in jgo's own configuration file takes the place of the public repository.
    repositories = {"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories}
    return MavenContext(repo_cache=cache, remote_repos=repositories, timeout=_TIMEOUT_S)


def _install(context: MavenContext, jar: LockedDependency, folder: Path) -> None:
    downloaded = _download(context, jar)
    if _sha256(downloaded) != jar.sha256:
        # An interrupted download is fetched again; a second difference is not ours to accept.
        downloaded.unlink()
        downloaded = _download(context, jar)
    if _sha256(downloaded) != jar.sha256:
        raise RefusedError(f"{_file_name(jar)}: its SHA-256 is not the one in deploy/kafka/jgo.lock.toml")
    arriving = folder / f".{_file_name(jar)}.{os.getpid()}"
    shutil.copyfile(downloaded, arriving)
    arriving.replace(folder / _file_name(jar))


def _download(context: MavenContext, jar: LockedDependency) -> Path:
    component = context.project(jar.groupId, jar.artifactId).at_version(jar.version)
    artifact = component.artifact(jar.classifier or "", jar.packaging)
    try:
        for attempt in stamina.retry_context(on=OSError, attempts=_ATTEMPTS):
            with attempt:
                path: Path = artifact.resolve()
    except (OSError, RuntimeError) as error:
        raise DependencyDownError(
            f"cannot download {_file_name(jar)} ({type(error).__name__}): is the network there?"
        ) from error
    return path
