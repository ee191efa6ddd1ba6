"""What the words that views give are called in Vietnamese, for boards and reports alike."""

from typing import Final

REGIMES: Final = {
    "export": "Xuất khẩu",
    "import": "Nhập khẩu",
    "temporary_import": "Tạm nhập",
    "re_export": "Tái xuất",
    "transit": "Quá cảnh",
    "bonded": "Kho ngoại quan",
    "border_resident": "Cư dân biên giới",
}
DIRECTIONS: Final = {"outbound": "chiều ra", "inbound": "chiều vào"}
INTERVALS: Final = {
    "booth_service": "Phục vụ tại bàn",
    "gate_dwell": "Trong khu cửa khẩu",
    "clearance": "Thông quan",
}
INDICATORS: Final = {
    "trade_value": "Xuất nhập khẩu",
    "industrial_output": "Công nghiệp",
    "budget_revenue": "Thu ngân sách",
}
STATES: Final = {
    "open": "mở",
    "restricted": "hạn chế",
    "closed": "đóng",
    "no_data": "không có số liệu",
    "": "chưa biết",
}
CLEARING: Final = {
    "clearing": "đang thông",
    "slow": "chậm",
    "not_clearing": "KHÔNG THÔNG",
    "idle": "không có xe",
    "closed": "đóng cửa",
    "no_data": "không có số liệu",
}
STOP_REASONS: Final = {
    "planned": "theo kế hoạch",
    "power": "mất điện",
    "raw_material": "thiếu nguyên liệu",
    "breakdown": "hỏng hóc",
    "market": "thị trường",
    "environment": "môi trường",
    "labour": "lao động",
    "unknown": "chưa rõ",
}
CAUSES: Final = {
    "late": "đến muộn",
    "amended": "được sửa",
    "cancelled": "bị hủy",
    "redriven": "bị loại rồi gửi lại",
}
RESTATED: Final = {
    "vehicles": "Xe qua cửa khẩu",
    "booth_p50": "Phục vụ tại bàn, p50",
    "booth_p90": "Phục vụ tại bàn, p90",
}
FINDINGS: Final = {
    "conflict": "mâu thuẫn",
    "negative_interval": "kết thúc trước khi bắt đầu",
    "resent_differs": "gửi lại khác nội dung",
}
REASONS: Final = {
    "not_json": "không phải JSON",
    "not_cloudevent": "không phải CloudEvent",
    "unknown_type": "loại sự kiện lạ",
    "unknown_entity": "tên không có trong danh bạ",
    "invalid": "sai hợp đồng dữ liệu",
    "too_large": "quá lớn",
    "future_time": "thời gian ở tương lai",
    "misrouted": "gửi sai nơi",
    "too_many_points": "quá nhiều điểm",
}
UNITS: Final = {"TNE": "tấn", "KGM": "kg", "MTQ": "m³", "MWH": "MWh"}
SYSTEMS: Final = {
    "barrier": "Barie",
    "control-room": "Điều hành",
    "digital-gate": "Nền tảng số",
    "vnaccs-vcis": "Hải quan",
}
TOPICS: Final = {
    "gate.crossing": "Xe qua cửa khẩu",
    "clearance.stage": "Thủ tục thông quan",
    "factory.output": "Nhà máy",
    "gate.state": "Trạng thái cửa khẩu",
    "declaration": "Tờ khai",
    "target": "Mục tiêu",
}
