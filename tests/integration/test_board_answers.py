"""What the boards' queries say of rows put in by hand: of what is missing, silent, old, or has no room."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from clickhouse_connect.driver.client import Client

from streams import clock
from streams.annotations import GATE_CLOSURE, PLANT_STOP, marks_sql
from streams.clickhouse_client import reader
from streams.registry import load_registry
from streams.resources import resource
from streams.settings import Settings
from streams.wall.board import Variable
from streams.wall.macros import MacroContext, expand
from streams.wall.timerange import TimeRange
from streams.wall.variables import Chosen, interpolate
from tests.mornings import put, put_letter, say, served
from tests.plants import FIVE, fold, report, stop
from tests.seeded import add_targets, add_trade, insert

pytestmark = pytest.mark.integration

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
NOW: Final = clock.now()
DAP: Final = "dap-2-tang-loong"
_BESIDE: Final = ("alerts", "alert_states", "alert_pulse")


@pytest.fixture
def tables(client: Client) -> Client:
    """Give a writer of the generation, beside which no alert was ever looked at."""
    for table in _BESIDE:
        client.command(f"TRUNCATE TABLE kpi.{table}")
    return client


class Asked:
    """Asks the files of `sql/queries` as the wall does, over a span of time that ends now."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def rows(
        self, name: str, back: timedelta = DAY, step: timedelta = FIVE, **chosen: str
    ) -> list[dict[str, Any]]:
        """Give the rows of a board's panel."""
        sql = resource(f"sql/queries/{name}.sql").read_text(encoding="utf-8")
        return self._run(
            interpolate(sql, {key: _one(key, value) for key, value in chosen.items()}), back, step
        )

    def marks(self, kind: str, back: timedelta = DAY) -> list[dict[str, Any]]:
        """Give what happened of a kind."""
        return self._run(marks_sql(kind), back, FIVE)

    def _run(self, sql: str, back: timedelta, step: timedelta) -> list[dict[str, Any]]:
        now = clock.now()
        context = MacroContext(TimeRange(now - back, now), int(step.total_seconds() * 1000), clock.HANOI)
        found = self._client.query(expand(interpolate(sql, {}), context), tz_mode="aware")
        return list(found.named_results())


def _one(name: str, value: str) -> Chosen:
    variable = Variable.model_validate({"name": name, "type": "query", "query": ""})
    return Chosen(variable, ((value, value),), (value,))


@pytest.fixture
def asked(settings: Settings) -> Iterator[Asked]:
    """Ask as the reader."""
    with reader(settings) as client:
        client.database = settings.database
        yield Asked(client)


def _open(client: Client, number: int, severity: str) -> None:
    """Let an alert be open."""
    name = {"alert_id": f"{number:016x}", "rule": f"rule-{number}", "scope": "kim-thanh"}
    told = {"severity": severity, "title_vi": f"Cảnh báo {number}", "place": "Kim Thành", "revision": 1}
    state = {"phase": "firing", "opened": NOW, "announced": True, "revision": 1}
    for table, row in (
        ("kpi.alerts", {**name, **told, "fired_at": NOW - number * timedelta(minutes=1)}),
        ("kpi.alert_states", {**name, **state}),
    ):
        client.insert(table, [list(row.values())], column_names=list(row))


def _look(client: Client, ago: timedelta) -> None:
    """Let somebody have looked at the rules so long ago."""
    client.insert("kpi.alert_pulse", [[clock.now() - ago]], column_names=["evaluated_at"])


def test_no_alert_is_well_only_while_somebody_looks(tables: Client, asked: Asked) -> None:
    """Never looked at, looked at now, and looked at an hour ago: three answers; the header says the same."""
    never = asked.rows("canh-bao/canh-bao")
    blind = [asked.rows("wall/do-tuoi")[0]["is_blind"]]
    _look(tables, HOUR)
    long_ago = asked.rows("canh-bao/canh-bao")
    blind.append(asked.rows("wall/do-tuoi")[0]["is_blind"])
    _look(tables, timedelta(0))
    now = asked.rows("canh-bao/canh-bao")
    blind.append(asked.rows("wall/do-tuoi")[0]["is_blind"])

    assert [("○ không rõ", "Chưa ai đánh giá lần nào", "")] == [tuple(row.values()) for row in never]
    at = (clock.now() - HOUR).astimezone(clock.HANOI)
    assert [("○ không rõ", "1 giờ")] == [(row["Mức"], row["Đã"]) for row in long_ago]
    assert f"Chưa ai đánh giá từ {at:%H}:" in long_ago[0]["Cảnh báo"]
    assert [("● ổn", "Không có cảnh báo nào đang mở", "")] == [tuple(row.values()) for row in now]
    assert [1, 1, 0] == blind


def test_alerts_without_room_are_counted(tables: Client, asked: Asked) -> None:
    """Seven are open and nobody looks: that, the three gravest, and how many more; the header counts all."""
    for number, severity in enumerate(["info", *["critical"] * 4, "warning", "warning"]):
        _open(tables, number, severity)
    _look(tables, HOUR)
    rows = asked.rows("canh-bao/canh-bao")
    header = asked.rows("wall/do-tuoi")[0]

    assert ["○ không rõ", *["■ nghiêm trọng"] * 3, "…"] == [row["Mức"] for row in rows]
    assert "còn 4 cảnh báo, 1 nghiêm trọng" == rows[-1]["Cảnh báo"]
    assert (7, 4) == (header["alerts"], header["critical"])


def test_five_alerts_have_room(tables: Client, asked: Asked) -> None:
    """Each has a line, and none is left for a count."""
    for number in range(5):
        _open(tables, number, "warning")
    _look(tables, timedelta(0))

    assert ["◆ cảnh báo"] * 5 == [row["Mức"] for row in asked.rows("canh-bao/canh-bao")]


def test_kinds_and_sources_without_room_are_counted(tables: Client, asked: Asked) -> None:
    """Six kinds of bad records in four lines, seven silent plants in six."""
    kinds = ("invalid", "not_json", "too_large", "misrouted", "future_time", "unknown_type")
    for number, reason in enumerate(kinds):
        put_letter(tables, number, NOW - HOUR, "dead", reason)
    _receive(tables, *(f"/vn/laocai/plant-{number}/mes" for number in range(7)))

    letters, sources = asked.rows("canh-bao/ban-ghi-loai"), asked.rows("canh-bao/nguon")
    assert (4, "… còn 3 loại", 3, "◆ 3") == (
        len(letters), letters[-1]["Lý do"], letters[-1]["7 ngày"], letters[-1]["Chưa xử lý"],
    )  # fmt: skip
    assert (6, "… còn 2 nguồn", "■ 2 im lặng") == (len(sources), sources[-1]["Nơi"], sources[-1]["Mới nhất"])


def _receive(
    client: Client, *sources: str, ago: timedelta = 2 * HOUR, received_ago: timedelta | None = None
) -> None:
    """Let an event of each source have happened so long ago, and been received at once or later."""
    at, now = clock.now() - ago, clock.now()
    where = {
        "type": "vn.laocai.kpi.factory.output.v1",
        "subject": "s",
        "topic": "factory.output",
        "partition": 0,
    }
    rows = [
        {
            **where,
            "time": at,
            "id": UUID(int=n),
            "source": source,
            "offset": n,
            "position": n,
            "received_at": at if received_ago is None else now - received_ago,
        }
        for n, source in enumerate(sources, 1)
    ]
    insert(client, "events", rows)


def test_what_waits_for_a_decision_counts_however_old(tables: Client, asked: Asked) -> None:
    """A letter of last month that nobody dealt with is open; it is none of the last 7 days'."""
    put_letter(tables, 1, NOW - 30 * DAY, "dead")
    put_letter(tables, 2, NOW - 30 * DAY, "dropped", "not_json")
    (row,) = asked.rows("canh-bao/ban-ghi-loai")

    assert ("invalid", 0, 0, "◆ 1") == tuple(row.values())[:4]


def test_history_that_is_filled_in_makes_no_source_silent(tables: Client, asked: Asked) -> None:
    """Who never spoke when it happened is not expected to."""
    _receive(tables, "/vn/laocai/plant/mes", ago=3 * DAY, received_ago=timedelta(0))

    assert ["○ 3 ngày"] == [row["Mới nhất"] for row in asked.rows("canh-bao/nguon")]


def test_what_was_received_last_is_told_however_long_ago(tables: Client, asked: Asked) -> None:
    """In the unit that matters; without any event there is nothing to tell."""
    name = "Sự kiện nhận gần nhất, cách đây"
    nothing = asked.rows("canh-bao/so-chinh")[0][name]
    _receive(tables, "/vn/laocai/plant/mes", ago=3 * DAY)

    assert nothing is None
    assert "■ 3 ngày" == asked.rows("canh-bao/so-chinh")[0][name]


def _stop_and_fall_silent(client: Client) -> None:
    """Let a line report a stop for ten minutes, five hours ago, and nothing since."""
    start = _at(5 * HOUR)
    fold(client, [stop(n, DAP, start + n * FIVE, length=FIVE) for n in (1, 2)])


def _at(ago: timedelta) -> datetime:
    """Give a full hour of about so long ago."""
    return clock.now().replace(minute=0, second=0, microsecond=0) - ago


def test_a_stop_followed_by_silence_is_not_over(tables: Client, asked: Asked) -> None:
    """On the desk, on the wall and as a mark on charts, even where silence began before the chosen time."""
    _stop_and_fall_silent(tables)
    (desk,) = asked.rows("chi-tiet-nha-may/dung-may", back=HOUR)
    wall = [(row["Dừng"], row["Lý do"]) for row in asked.rows("khu-cong-nghiep/dung-may")]
    (mark,) = asked.marks(PLANT_STOP, back=HOUR)

    assert "◆ dừng rồi im lặng 0 giờ" == desk["Dừng"]
    assert [("◆ 1 dừng", ""), ("◆ 0 giờ", "dừng rồi im lặng")] == wall
    assert mark["ends"] is None


def test_what_never_reported_is_on_the_strips(tables: Client, asked: Asked) -> None:
    """Every gate and plant of the registry has a state in every step, one that nobody heard of the worst."""
    registry = load_registry()
    say(tables, NOW - HOUR, "open", "", 1)
    fold(tables, [report(1, DAP, _at(2 * HOUR))])
    gates = asked.rows("cua-khau/trang-thai", back=3 * HOUR)
    desk = asked.rows("chi-tiet-cua-khau/trang-thai", back=3 * HOUR)
    plants = asked.rows("khu-cong-nghiep/nha-may", back=3 * HOUR)

    assert gates == desk
    for rows, slug, known in (
        (gates, "cua_khau", registry.gate_by_slug),
        (plants, "nha_may", registry.plant_by_slug),
    ):
        assert set(known) == {row[slug] for row in rows}
        unheard = [row for row in rows if row[slug] not in ("kim-thanh", DAP)]
        assert {1} == {row["trang_thai"] for row in unheard}
        assert len({row["time"] for row in unheard}) * (len(known) - 1) == len(unheard)


def test_a_closure_within_a_step_is_seen(tables: Client, asked: Asked) -> None:
    """Of a step of half a day the worst state counts, as of one of five minutes."""
    start = _at(20 * HOUR)
    for number, (after, state) in enumerate([(0, "open"), (61, "closed"), (80, "open")]):
        say(tables, start + after * timedelta(minutes=1), state, "", number)
    at = int((start + timedelta(minutes=61)).timestamp())
    for step in (FIVE, HOUR, 12 * HOUR):
        length = int(step.total_seconds())
        rows = asked.rows("cua-khau/trang-thai", step=step)
        states = {
            int(row["time"].timestamp()): row["trang_thai"] for row in rows if row["cua_khau"] == "kim-thanh"
        }
        assert 2 >= states[at // length * length]


def test_a_stop_within_a_step_is_seen(tables: Client, asked: Asked) -> None:
    """Of a line and of its plant."""
    start = _at(20 * HOUR)
    reports = [
        (stop if n in (13, 14) else report)(n + 1, DAP, start + n * FIVE, length=FIVE) for n in range(36)
    ]
    fold(tables, reports)
    at = start + 13 * FIVE
    hour = at.replace(minute=0)
    for name in ("khu-cong-nghiep/nha-may", "chi-tiet-nha-may/day-chuyen"):
        column = name.rpartition("/")[2].replace("-", "_")
        states = {row["time"]: row["trang_thai"] for row in asked.rows(name, step=HOUR) if DAP in row[column]}
        assert 2 == states[hour]
        assert 4 == states[hour - HOUR]


def test_a_day_is_one_of_hanoi(tables: Client, asked: Asked) -> None:
    """A lorry of one in the morning crossed on that day, wherever UTC's begins."""
    today = clock.now().astimezone(clock.HANOI).replace(hour=0, minute=0, second=0, microsecond=0)
    minute = today - DAY + HOUR
    row = {
        "window_start": minute, "gate_id": "kim-thanh", "direction": "outbound", "vehicle_class": "container",
        "loaded": True, "vehicles": 3, "gross_mass_kg": 1,
    }  # fmt: skip
    put(tables, "crossings_minute", row)
    put(tables, "latency_minute", served(minute, "kim-thanh", 3, 0))
    fold(tables, [report(1, DAP, minute)])
    for name in ("chi-tiet-cua-khau/xe-qua", "chi-tiet-cua-khau/phuc-vu", "chi-tiet-nha-may/san-luong"):
        rows = asked.rows(name, back=5 * DAY, step=DAY)
        assert [today - DAY] == [row["time"] for row in rows]


def test_lines_break_where_nothing_was(tables: Client, asked: Asked) -> None:
    """Between two hours that are known there is one that is not."""
    for ago in (5 * HOUR, 3 * HOUR):
        put(tables, "latency_minute", served(_at(ago), "kim-thanh", 3, 0))
        _receive(tables, f"/vn/laocai/plant-{ago.seconds}/mes", ago=clock.now() - _at(ago))
    for name in ("chi-tiet-cua-khau/phuc-vu", "canh-bao/tre-truyen", "chi-tiet-du-lieu/tre-truyen"):
        values = [list(row.values())[1] for row in asked.rows(name, step=HOUR)]
        assert [True, False, True] == [value is not None for value in values]


def test_the_year_so_far_ends_now(tables: Client, asked: Asked) -> None:
    """Today's value is there at once, on the first day of a year too, beside the plan of this moment."""
    add_targets(tables, NOW)
    add_trade(tables, 10**11, "62")
    rows = asked.rows("chi-tiet-tien-do/luy-ke", indicator="trade_value")
    planned = tables.query(
        "SELECT planned_minor / target_minor * 100 FROM kpi.progress"
        " WHERE indicator = 'trade_value' AND scope = 'lao-cai'"
    ).result_rows[0][0]

    assert abs(clock.now() - rows[-1]["time"]) < timedelta(minutes=1)
    assert 20 == pytest.approx(rows[-1]["Đã đạt"])
    assert planned == pytest.approx(rows[-1]["Kế hoạch theo mùa*"], rel=1e-4)


def test_the_forecast_begins_where_the_year_is_and_ends_where_it_is_projected_to(
    tables: Client, asked: Asked
) -> None:
    """Nothing is forecast of what has been."""
    add_targets(tables, NOW)
    add_trade(tables, 10**11, "62")
    rows = asked.rows("tong-quan/duong-nam")
    ahead = [row for row in rows if row["Dự báo XNK*"] is not None]
    projected = tables.query(
        "SELECT projection / target_minor * 100 FROM kpi.progress"
        " WHERE indicator = 'trade_value' AND scope = 'lao-cai'"
    ).result_rows[0][0]

    assert abs(clock.now() - ahead[0]["time"]) < timedelta(minutes=1)
    assert ahead[0]["Xuất nhập khẩu"] == pytest.approx(ahead[0]["Dự báo XNK*"], rel=1e-3)
    assert projected == pytest.approx(ahead[-1]["Dự báo XNK*"], rel=1e-3)


def _hours_that_are_over(client: Client) -> None:
    """Let Kim Thành have opened a minute ago for an hour a day, as it will tomorrow."""
    local = clock.now().astimezone(clock.HANOI)
    opens, closes = local - timedelta(minutes=1), local + timedelta(minutes=59)
    said = {
        "gate_id": "kim-thanh",
        "id": str(UUID(int=1)),
        "time": NOW - 30 * HOUR,
        "state": "open",
        "reason": "",
    }
    unsaid = dict.fromkeys(("lanes_open", "lanes_max", "yard_present", "yard_capacity"))
    hours = {"opens_at": f"{opens:%H:%M}", "closes_at": f"{closes:%H:%M}"}
    put(client, "gate_states", {**said, **unsaid, "counterpart_state": "", **hours, "removed": False})


def test_a_night_before_a_closed_gate_makes_nobody_slow(tables: Client, asked: Asked) -> None:
    """Lorries of yesterday evening are well in the morning: the signs count the hours of the gate."""
    _hours_that_are_over(tables)
    waits = {"gate_id": "kim-thanh", "direction": "outbound", "vehicles": 2, "arrived": 2, "turned_back": 0}
    put(tables, "waiting", {**waits, "arrived_at": NOW - 10 * HOUR})
    row = asked.rows("cua-khau/so-chinh")[0]

    assert row["Lâu nhất trong giờ mở (≤ 2 giờ)"].startswith("● ")
    assert "● 2 xe" == row["Chờ trên 2 giờ"]


def test_many_gates_with_few_vehicles_are_well(tables: Client, asked: Asked) -> None:
    """What two gates have together is judged at neither; what one has alone is."""
    waits = {"direction": "outbound", "turned_back": 0, "arrived_at": NOW - timedelta(minutes=5)}
    gates = [
        {"gate_id": gate, "vehicles": 260, "arrived": 260, **waits} for gate in ("kim-thanh", "muong-khuong")
    ]
    put(tables, "waiting", *gates)
    few = asked.rows("cua-khau/so-chinh")[0]["Xe đang chờ"]
    more = {**gates[0], "direction": "inbound", "vehicles": 240, "arrived": 240}
    put(tables, "waiting", more)

    assert ("● 520 xe", "■ 760 xe") == (few, asked.rows("cua-khau/so-chinh")[0]["Xe đang chờ"])


@pytest.mark.parametrize(("vehicles", "sign"), [(299, ""), (300, "◆ "), (500, "■ ")])
def test_a_queue_has_its_sign(tables: Client, asked: Asked, vehicles: int, sign: str) -> None:
    """Beside the bar whose colour says the same."""
    waits = {"gate_id": "kim-thanh", "direction": "outbound", "arrived": vehicles, "turned_back": 0}
    put(tables, "waiting", {**waits, "vehicles": vehicles, "arrived_at": clock.now() - timedelta(minutes=5)})
    rows = {row["cua_khau"]: row["lau_nhat"] for row in asked.rows("tong-quan/xe-cho")}

    assert f"· {sign}5 phút" == rows["kim-thanh"]


def test_an_age_has_its_sign(tables: Client, asked: Asked) -> None:
    """On each board, and of each source."""
    _receive(tables, "/vn/laocai/plant/mes", ago=timedelta(minutes=20))

    assert "■ 20 phút" == asked.rows("chung/do-tuoi")[0]["Trễ"]
    assert "◆ 20 phút" == asked.rows("chi-tiet-du-lieu/nguon")[0]["Tuổi"]


def test_a_closure_within_hours_that_reach_over_midnight_is_marked(tables: Client, asked: Asked) -> None:
    """A gate that is open from an hour before until an hour before that, for 23 hours, was closed at noon."""
    local = clock.now().astimezone(clock.HANOI)
    opens, closes = local - 2 * HOUR, local - 3 * HOUR
    hours = {"opens_at": f"{opens:%H:%M}", "closes_at": f"{closes:%H:%M}"}
    said = {"gate_id": "kim-thanh", "reason": "", "counterpart_state": "", "removed": False, **hours}
    unsaid = dict.fromkeys(("lanes_open", "lanes_max", "yard_present", "yard_capacity"))
    states = [(timedelta(hours=1.9), "open"), (timedelta(hours=1.5), "closed"), (HOUR, "open")]
    rows = [
        {**said, **unsaid, "id": str(UUID(int=n)), "time": NOW - ago, "state": state}
        for n, (ago, state) in enumerate(states, 1)
    ]
    put(tables, "gate_states", *rows)

    assert ["kim-thanh"] == [row["subject"] for row in asked.marks(GATE_CLOSURE)]
