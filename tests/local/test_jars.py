"""Apache Kafka's jars: what is fetched is what was locked."""

import hashlib
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from streams.errors import DependencyDownError, RefusedError
from streams.local import jars

_GOOD = b"the jar that was locked"
_LOCK = """
[[dependencies]]
groupId = "org.example"
artifactId = "broker"
version = "1.0"
packaging = "jar"
sha256 = "{}"
"""


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Serve a Maven repository with one locked jar, and give that jar's file."""
    jar = tmp_path / "mirror/org/example/broker/1.0/broker-1.0.jar"
    jar.parent.mkdir(parents=True)
    jar.write_bytes(_GOOD)
    lock = tmp_path / "jgo.lock.toml"
    lock.write_text(_LOCK.format(hashlib.sha256(_GOOD).hexdigest()))
    monkeypatch.setattr(jars, "resource", lambda _: lock)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "mirror"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        config = tmp_path / "jgo.conf"
        config.write_text(f"[repositories]\ncentral = http://127.0.0.1:{server.server_port}\n")
        monkeypatch.setenv("JGO_CONFIG_FILE", str(config))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield jar
        server.shutdown()


def test_jars_are_fetched_once_and_used_offline(mirror: Path, tmp_path: Path) -> None:
    """The second call needs neither the mirror nor the cache."""
    folder = jars.fetch_jars(tmp_path / "cache")
    mirror.unlink()

    assert folder == jars.fetch_jars(tmp_path / "elsewhere")
    assert _GOOD == (jars.require_jars() / "broker-1.0.jar").read_bytes()


def test_another_jar_than_the_locked_one_is_refused(mirror: Path, tmp_path: Path) -> None:
    """What has another SHA-256 is not installed."""
    mirror.write_bytes(b"something else")

    with pytest.raises(RefusedError, match="SHA-256"):
        jars.fetch_jars(tmp_path / "cache")
    with pytest.raises(RefusedError, match="make install"):
        jars.require_jars()


def test_an_interrupted_download_is_fetched_again(mirror: Path, tmp_path: Path) -> None:
    """A truncated file in the cache is replaced."""
    cached = tmp_path / "cache/org/example/broker/1.0/broker-1.0.jar"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(_GOOD[:5])

    folder = jars.fetch_jars(tmp_path / "cache")

    assert mirror.read_bytes() == (folder / "broker-1.0.jar").read_bytes()


def test_a_download_that_fails_is_one_clear_line(mirror: Path, tmp_path: Path) -> None:
    """The text names the jar and asks for the network."""
    mirror.unlink()

    with pytest.raises(DependencyDownError, match=r"cannot download broker-1\.0\.jar"):
        jars.fetch_jars(tmp_path / "cache")
