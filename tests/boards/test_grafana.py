"""Looking after a Grafana: what is checked, what is written there, and what is said when it does not go."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from streams.annotations import Mark
from streams.cli import main
from streams.errors import (
    EXIT_DEPENDENCY_DOWN,
    EXIT_DONE,
    EXIT_NO,
    EXIT_USAGE,
    DependencyDownError,
    KpiError,
    UsageError,
)
from streams.grafana.api import Grafana
from streams.grafana.checking import check
from streams.grafana.marks import Written, annotate
from streams.ports import free_port
from streams.resources import resource
from streams.wall.board import Board, read_boards
from streams.wall.timerange import TimeRange
from tests.grafana import TOKEN, RefusedQueryError, StandIn, grafana_stand_in

NOW = datetime(2026, 5, 4, 5, tzinfo=UTC)
SPAN = TimeRange(NOW - timedelta(days=7), NOW)
BOARDS = read_boards(resource("grafana/boards"))
GATES = next(board for board in BOARDS if board.uid == "cua-khau")
DESK = next(board for board in BOARDS if board.uid == "chi-tiet-cua-khau")
LANES = next(panel for panel in GATES.panels if panel.title.startswith("Phục vụ tại bàn"))


@pytest.fixture
def grafana() -> Iterator[StandIn]:
    """Run a Grafana that has all boards, and whose datasource gives whatever a query names."""
    with grafana_stand_in() as stand_in:
        for path in resource("grafana/boards").glob("*.json"):
            stand_in.boards[path.stem] = json.loads(path.read_text(encoding="utf-8"))
        stand_in.columns = named
        yield stand_in


def named(query: dict[str, Any]) -> dict[str, list[Any]]:
    """Give a row with every name that stands in a query, as a column."""
    if "transform(value" in query["rawSql"]:
        return {"value": ["kim-thanh", "ho-kieu"], "text": ["Kim Thành", "Hồ Kiều"]}
    return {name: [1] for name in query["rawSql"].split('"')[1::2]}


def looked(grafana: StandIn, *boards: Board) -> dict[str, list[str]]:
    """Give the words of what is not well, by part."""
    found: dict[str, list[str]] = {}
    for one in check(grafana.client(), boards, NOW):
        if one.state != EXIT_DONE:
            found.setdefault(one.name, []).append(one.words)
    return found


def test_a_grafana_that_shows_our_boards_is_well(grafana: StandIn) -> None:
    """Health, datasource, every board; and every query of each is asked as a page would ask it."""
    assert {} == looked(grafana, *BOARDS)
    queries = sum(len(panel.targets) for board in BOARDS for panel in board.panels)
    variables = sum(len(board.variables) for board in BOARDS)
    assert queries + variables == grafana.asked.count(("POST", "/api/ds/query"))


def test_a_page_has_chosen_before_it_asks(grafana: StandIn) -> None:
    """A desk's queries hold no variable any more, but the datasource's macros, a range and an interval."""
    asked: list[dict[str, Any]] = []

    def keep(query: dict[str, Any]) -> dict[str, list[Any]]:
        asked.append(query)
        return named(query)

    grafana.columns = keep
    looked(grafana, DESK)
    booth = asked[len(DESK.variables)]

    assert all("${" not in query["rawSql"] and "$__conditionalAll" not in query["rawSql"] for query in asked)
    assert "$__timeInterval(window_start)" in booth["rawSql"]
    assert (str(int((NOW - timedelta(days=1)).timestamp() * 1000)), booth["range"][1]) == booth["range"]
    assert (0, 900_000) == (booth["format"], booth["intervalMs"])


def test_what_is_not_well_is_said(grafana: StandIn) -> None:
    """A board that is missing, one of another version, a query that fails, a column that is not there."""
    del grafana.boards["thuong-mai"]
    grafana.boards["tong-quan"]["panels"].pop()

    def columns(query: dict[str, Any]) -> dict[str, list[Any]]:
        if query["rawSql"] == LANES.targets[0].raw_sql:
            raise RefusedQueryError("Code: 60. DB::Exception: Unknown table latency_by_minute")
        names = named(query)
        names.pop("Xe chờ", None)
        return names

    grafana.columns = columns
    found = looked(
        grafana, *(board for board in BOARDS if board.uid in ("thuong-mai", "tong-quan", "cua-khau"))
    )

    assert {"thuong-mai", "tong-quan", "cua-khau"} == found.keys()
    assert "this board is not there" in found["thuong-mai"][0]
    assert "another version" in found["tong-quan"][0]
    problems = "\n".join(found["cua-khau"])
    assert f"panel {LANES.id} “{LANES.title}”: Code: 60. DB::Exception: Unknown table" in problems
    assert "its query gives no Xe chờ" in problems


def test_a_datasource_that_cannot_connect_is_said_in_its_words(grafana: StandIn) -> None:
    """Grafana answers such a question with 400."""
    grafana.datasource = 400, {"status": "ERROR", "message": "dial tcp: connection refused"}

    assert ["kpi-clickhouse: dial tcp: connection refused"] == looked(grafana)["datasource"]


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (401, b'{"message": "Invalid API key"}', KpiError, "does not know this token.*Invalid API key"),
        (403, b'{"message": "You\'ll need permissions"}', KpiError, "role Editor"),
        (404, b"404 page not found", KpiError, "no such thing"),
        (502, b"<html><h1>502 Bad Gateway</h1></html>", DependencyDownError, "502: 502 Bad Gateway"),
        (502, b"<html>no message</html>", DependencyDownError, "is no Grafana"),
        (503, b'{"message": "Database is locked"}', DependencyDownError, "Database is locked"),
        (200, b"<html>Log in</html>", DependencyDownError, "is no Grafana"),
        (200, b"", DependencyDownError, "is no Grafana"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_told_in_words(
    grafana: StandIn, status: int, body: bytes, error: type[KpiError], words: str
) -> None:
    """What Grafana refuses is an answer; what a proxy says for it means that it is down."""
    grafana.instead["/api/playlists"] = status, body

    with pytest.raises(error, match=words) as told:
        grafana.client().keep_playlist("Tường", ["a"], 45)
    assert isinstance(told.value, DependencyDownError) == (error is DependencyDownError)
    assert "<" not in str(told.value)


def test_a_grafana_that_is_not_there_is_down() -> None:
    """Nothing listens at its port."""
    with pytest.raises(DependencyDownError, match="does not answer"):
        Grafana(f"http://127.0.0.1:{free_port()}", TOKEN).version()


def test_a_playlist_is_made_once_and_then_changed(grafana: StandIn) -> None:
    """It is known by its name; others are left alone."""
    grafana.playlists["other"] = {"uid": "other", "name": "Khác", "interval": "5m", "items": []}
    first = grafana.client().keep_playlist("Tường", ["a", "b"], 45)
    second = grafana.client().keep_playlist("Tường", ["b"], 30)

    assert first == second
    assert {"other", first} == grafana.playlists.keys()
    assert "30s" == grafana.playlists[first]["interval"]
    assert [{"type": "dashboard_by_uid", "value": "b"}] == grafana.playlists[first]["items"]


def mark(key: str, hours: int, ends: int | None = None, text: str = "Đóng") -> Mark:
    """Give something that began so many hours ago."""
    end = None if ends is None else NOW - timedelta(hours=ends)
    return Mark(key, NOW - timedelta(hours=hours), end, text)


def test_annotations_become_what_they_should_be(grafana: StandIn) -> None:
    """The same again changes nothing; an end is added, what is gone goes, other kinds and people's stay."""
    client = grafana.client()
    mine = {"time": 1, "timeEnd": int(NOW.timestamp() * 1000), "tags": ["kpi"], "text": "của tôi"}
    client.annotate(mine)
    annotate(client, "plant_stop", [mark("z", 4)], SPAN)

    assert Written(made=2) == annotate(client, "gate_closure", [mark("x", 5), mark("y", 3, 2)], SPAN)
    assert Written() == annotate(client, "gate_closure", [mark("x", 5), mark("y", 3, 2)], SPAN)
    assert Written(changed=1, removed=1) == annotate(client, "gate_closure", [mark("x", 5, 1)], SPAN)
    texts = [one["text"] for one in grafana.annotations.values()]
    assert ["của tôi", "Đóng", "Đóng"] == texts
    (closure,) = [one for one in grafana.annotations.values() if "gate_closure" in one["tags"]]
    assert 4 * 3600 * 1000 == closure["timeEnd"] - closure["time"]


def test_an_annotation_bears_what_it_is_about(grafana: StandIn) -> None:
    """One that an earlier version wrote without it gets it; a board that asks for all finds it too."""
    client = grafana.client()
    annotate(client, "alert", [mark("x", 5)], SPAN)
    about_gates = replace(mark("x", 5), about="gates")

    assert Written(changed=1) == annotate(client, "alert", [about_gates], SPAN)
    assert Written() == annotate(client, "alert", [about_gates], SPAN)
    (alert,) = grafana.annotations.values()
    assert {"kpi", "alert", "gates", "key:x"} == set(alert["tags"])


def test_what_goes_on_since_long_ago_is_marked_once(grafana: StandIn) -> None:
    """A stop that began a month before the span is found again; what ended before it is left alone."""
    client = grafana.client()
    annotate(client, "plant_stop", [mark("old", 40 * 24, 39 * 24)], TimeRange(NOW - timedelta(days=60), NOW))

    assert Written(made=1) == annotate(client, "plant_stop", [mark("x", 41 * 24)], SPAN)
    assert Written() == annotate(client, "plant_stop", [mark("x", 41 * 24)], SPAN)
    assert 2 == len(grafana.annotations)


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:3000", "ftp://x", "http://", "http://x:y", "http://a:b@x:1", "http://x/?a=b", "http://x y"],
)
def test_an_address_that_is_none_is_told(url: str) -> None:
    """With an example of one."""
    with pytest.raises(UsageError, match=r"http://127\.0\.0\.1:3000"):
        Grafana(url, TOKEN)


def test_a_grafana_may_lie_below_a_path(grafana: StandIn) -> None:
    """As behind a proxy that serves more than it."""
    grafana.instead["/tuong/api/health"] = 200, b'{"database": "ok", "version": "13.2.3"}'

    assert "13.2.3" == Grafana(f"{grafana.url}/tuong/", TOKEN).version()


def run(monkeypatch: pytest.MonkeyPatch, token: str, *arguments: str) -> int:
    """Run `kpi boards` and give its exit code."""
    monkeypatch.setenv("KPI_GRAFANA_TOKEN", token)
    with pytest.raises(SystemExit) as ended:
        main(["boards", *arguments])
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_the_command_says_each_part_and_ends_by_the_worst(
    grafana: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 when all is well, 1 when a board is not, and the token is in no line."""
    assert EXIT_DONE == run(monkeypatch, TOKEN, "check", "--grafana", grafana.url)
    assert "ok   cua-khau" in capsys.readouterr().out
    del grafana.boards["cua-khau"]

    assert EXIT_NO == run(monkeypatch, TOKEN, "check", "--grafana", grafana.url)
    told = capsys.readouterr()
    assert "no   cua-khau" in told.out
    assert TOKEN not in told.out + told.err


def test_the_command_tells_mistakes_from_a_grafana_that_is_down(
    grafana: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No token and no address are wrong usage, a refused token is a no, silence is a lost dependency."""
    assert EXIT_USAGE == run(monkeypatch, "", "check", "--grafana", grafana.url)
    assert EXIT_USAGE == run(monkeypatch, TOKEN, "playlist", "--grafana", "127.0.0.1:3000")
    assert EXIT_NO == run(monkeypatch, "another", "playlist", "--grafana", grafana.url)
    assert EXIT_DEPENDENCY_DOWN == run(
        monkeypatch, TOKEN, "playlist", "--grafana", f"http://127.0.0.1:{free_port()}"
    )
    assert "Traceback" not in capsys.readouterr().err


def test_the_playlist_is_that_of_our_own_kiosk(
    grafana: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same boards in the same order, and the address that a screen opens."""
    assert EXIT_DONE == run(monkeypatch, TOKEN, "playlist", "--grafana", grafana.url, "--seconds", "30")
    ((uid, made),) = grafana.playlists.items()

    assert f"{grafana.url}/playlists/play/{uid}?kiosk=1&autofitpanels\n" == capsys.readouterr().out
    assert ["tong-quan", "cua-khau", "khu-cong-nghiep"] == [one["value"] for one in made["items"]]
