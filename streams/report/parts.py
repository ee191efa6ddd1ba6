"""The sections of a report, in the order of the page; another one is an entry here and a file of SQL."""

from datetime import timedelta
from typing import Final

from streams.report import verdicts
from streams.report.part import Measure, Part
from streams.report.periods import Kind, Span
from streams.report.units import (
    AGE,
    COUNT,
    DATE,
    MINUTES,
    PERCENT,
    POINTS,
    RATIO,
    SHARE_OF_YEAR,
    SPENT,
    TEXT,
    TIME,
    USD,
    VEHICLES,
    VND,
    words,
)
from streams.vocabulary import CAUSES, CLEARING, STATES, STOP_REASONS

_HALF, _MOST = "một nửa số xe (p50)", "9 trên 10 xe (p90)"
_MATCH: Final = (verdicts.match_goal, verdicts.match)
_SHARE: Final = (verdicts.share_goal, verdicts.share)
_PERCENTILES: Final = (
    "Xe đã xong trong kỳ; xe còn chờ xem ở mục dưới. Phân vị từ phác đồ gộp, sai số không quá 1 %."
)


def _has_whole_days(span: Span) -> bool:
    return span.period.kind is not Kind.SHIFT and span.end - span.period.begin >= timedelta(days=1)


PARTS: Final = (
    Part(
        "progress",
        "Tiến độ mục tiêu năm",
        (
            Measure("actual_minor", "từ đầu năm", verdicts.money, "year_to_date", verdicts.target),
            Measure("percent", "đạt", SHARE_OF_YEAR, "percent_of_target"),
            Measure("gap_minor", "còn thiếu", verdicts.money, "gap"),
            Measure("pace", "nhịp độ theo mùa", RATIO, "pace", judge=verdicts.pace),
            Measure("projection", "dự báo cả năm", verdicts.money, "projection", judge=verdicts.projection),
            Measure("needed_per_open_day", "cần mỗi ngày mở", verdicts.money, "needed_per_open_day"),
            Measure("last_year_percent", "so cùng kỳ", PERCENT, "last_year_percent"),
        ),
        note="Lũy kế từ 1/1 đến lúc lập báo cáo.",
        nothing="Chưa có mục tiêu của năm.",
    ),
    Part(
        "trade",
        "Giá trị hàng hóa qua cửa khẩu",
        (Measure("value_usd_minor", "", USD, "trade_value"),),
        note="Theo cửa khẩu, rồi theo loại hình; mỗi nhóm cộng lại bằng tổng.",
    ),
    Part(
        "crossings",
        "Xe qua cửa khẩu",
        (
            Measure("outbound", "ra", VEHICLES, "crossings"),
            Measure("inbound", "vào", VEHICLES, "crossings"),
            Measure("loaded", "có hàng", VEHICLES, "crossings"),
        ),
    ),
    Part(
        "booth",
        "Phục vụ tại bàn",
        (
            Measure("p50_ms", _HALF, MINUTES, "booth_service", verdicts.booth_goal),
            Measure("p90_ms", _MOST, MINUTES, "booth_service", verdicts.booth_goal, verdicts.booth_p90),
            Measure("within_goal_percent", "trong 2 phút", PERCENT, "within_goal", *_SHARE),
            Measure("vehicles", "số xe đã đo", VEHICLES, "latency_sample"),
        ),
        query="latency",
        intervals=("booth_service",),
        total="Mọi cửa khẩu",
        note=_PERCENTILES,
    ),
    Part(
        "stays",
        "Trong khu cửa khẩu và thông quan",
        (
            Measure("p50_ms", _HALF, SPENT, "gate_dwell"),
            Measure("p90_ms", _MOST, SPENT, "gate_dwell"),
            Measure("vehicles", "số xe đã đo", VEHICLES, "latency_sample"),
        ),
        query="latency",
        intervals=("gate_dwell", "clearance"),
        note=f"Theo đồng hồ, kể cả giờ đóng cửa. {_PERCENTILES}",
    ),
    Part(
        "waiting",
        "Xe đang chờ và thông xe lúc này",
        (
            Measure("verdict", "Kết luận", words(CLEARING), "clearing_verdict"),
            Measure("vehicles", "Đang chờ", VEHICLES, "waiting_vehicles"),
            Measure("oldest_seconds", "Lâu nhất", AGE, "waiting_oldest"),
            Measure("over_2h", "Trên 2 giờ", VEHICLES, "waiting_over_2h"),
            Measure("crossed_1h", "Qua trong 1 giờ", VEHICLES, "crossings"),
            Measure("drain_seconds", "Hết chờ sau", AGE, "drain_time"),
            Measure("stale", "Quá 72 giờ", VEHICLES, "waiting_stale"),
        ),
        layout="records",
        nothing="Không có xe chờ.",
        shown=lambda span: span.running,
    ),
    Part(
        "alerts",
        "Cảnh báo đang mở",
        (
            Measure("level", "Mức", TEXT, "alert_phase"),
            Measure("text", "Nội dung", TEXT, "alert_value"),
            Measure("fired_at", "Từ", TIME, "alert_duration"),
            Measure("seconds", "Đã kéo dài", AGE, "alert_duration"),
            Measure("taken_by", "Người xử lý", TEXT, "alert_phase"),
        ),
        layout="records",
        note="Lúc lập báo cáo; dấu — ở cột cuối: chưa ai nhận xử lý.",
        nothing="Không có cảnh báo nào đang mở.",
        shown=lambda span: span.running,
    ),
    Part(
        "forecast",
        "Xe sẽ đến trong 8 giờ tới",
        (
            Measure("expected", "Dự báo", VEHICLES, "arrivals_expected"),
            Measure("peak_at", "Giờ cao điểm", TIME, "arrivals_expected"),
            Measure("peak", "Trong giờ đó", VEHICLES, "arrivals_expected"),
            Measure("open_declarations", "Tờ khai đang mở", COUNT, "declarations_open"),
        ),
        layout="records",
        nothing="Không dự báo xe nào.",
        shown=lambda span: span.running and span.period.kind is Kind.SHIFT,
    ),
    Part(
        "gates",
        "Trạng thái cửa khẩu trong kỳ",
        (
            Measure("state", "Trạng thái", words(STATES), "gate_status"),
            Measure("counterpart_state", "Phía bạn", words(STATES), "gate_counterpart_state"),
            Measure("started_at", "Từ", TIME, "gate_period"),
            Measure("ended_at", "Đến", TIME, "gate_period"),
            Measure("reason", "Lý do", TEXT, "gate_period"),
        ),
        layout="records",
        note="Mỗi dòng một trạng thái; dấu — ở cột Đến: còn kéo dài.",
    ),
    Part(
        "output",
        "Sản xuất công nghiệp",
        (Measure("value_vnd", "", VND, "output_value"),),
        total="Toàn tỉnh",
        note="Các giờ trọn vẹn trong kỳ; mỗi khu rồi từng nhà máy của khu.",
    ),
    Part(
        "stops",
        "Dây chuyền dừng",
        (
            Measure("stop_reason", "Lý do", words(STOP_REASONS), "line_state"),
            Measure("started_at", "Từ", TIME, "stop_duration"),
            Measure("ended_at", "Đến", TIME, "stop_duration"),
            Measure("seconds", "Đã dừng", AGE, "stop_duration"),
            Measure("lost_vnd", "Thiệt hại", VND, "stop_loss"),
            Measure("lost_points", "Điểm mục tiêu năm", POINTS, "stop_points"),
        ),
        layout="records",
        note="Tính cả lần dừng, không chỉ phần trong kỳ; dấu — ở cột Đến: còn dừng.",
    ),
    Part(
        "silences",
        "Nhà máy không gửi số liệu",
        (
            Measure("started_at", "Từ", TIME, "plant_status"),
            Measure("ended_at", "Đến", TIME, "plant_status"),
            Measure("seconds", "Im lặng", AGE, "state_duration"),
        ),
        layout="records",
        total="Mọi nhà máy",
        note="Từ ba lần báo cáo trở lên; im lặng không phải là dừng.",
    ),
    Part(
        "revenue",
        "Thu ngân sách qua cửa khẩu",
        (Measure("revenue_vnd", "", VND, "budget_revenue"),),
        note="Thuế và phí của các ngày trọn vẹn đã qua trong kỳ.",
        shown=_has_whole_days,
    ),
    Part(
        "declarations",
        "Tờ khai trên hai hệ thống",
        (
            Measure("declarations", "tờ khai", COUNT, "declarations_by_state"),
            Measure("match_60_percent", "khớp trong 60 phút", PERCENT, "match_rate_60", *_MATCH),
            Measure("only_digital", "chỉ có ở cửa khẩu số", COUNT, "declarations_by_state"),
            Measure("only_customs", "chỉ có ở hải quan", COUNT, "declarations_by_state"),
            Measure("value_mismatch", "lệch trị giá", COUNT, "declarations_by_state"),
            Measure("mismatch_usd_minor", "tổng chênh lệch", USD, "mismatch_value"),
        ),
        total="",
        note="Tờ khai đăng ký lần đầu trong kỳ, theo hiểu biết lúc lập; đến hạn sau một giờ.",
    ),
    Part(
        "dead_letters",
        "Bản ghi bị loại",
        (
            Measure("letters", "", COUNT, "dead_letters"),
            Measure("open", "chưa xử lý", COUNT, "dead_letters"),
        ),
    ),
    Part(
        "findings",
        "Sự kiện mâu thuẫn nhau",
        (Measure("findings", "", COUNT, "findings"),),
    ),
    Part(
        "restatements",
        "Số liệu kỳ trước đã đổi sau khi công bố",
        (
            Measure("day", "Ngày", DATE, "as_known_now"),
            Measure("first_value", "Công bố đầu", verdicts.restated, "first_published"),
            Measure("now_value", "Hiện nay", verdicts.restated, "as_known_now"),
            Measure("difference", "Chênh lệch", verdicts.restated, "restated_by"),
            Measure("cause", "Vì sao", words(CAUSES), "restated_by"),
            Measure("events", "Sự kiện", COUNT, "restating_events"),
        ),
        layout="records",
        note="Toàn tỉnh, các ngày của kỳ so sánh, mỗi nguyên nhân một dòng.",
        nothing="Không đổi.",
    ),
    Part(
        "freshness",
        "Độ tươi của nguồn số liệu",
        (
            Measure("last_event_time", "Sự kiện mới nhất", TIME, "last_event"),
            Measure("age_seconds", "Cách đây", AGE, "data_age"),
        ),
        layout="records",
        note="Mỗi loại sự kiện; dưới đó từng nguồn không gửi gì trong một giờ qua.",
        nothing="Chưa có nguồn nào.",
    ),
)  # fmt: skip
