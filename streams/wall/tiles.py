"""What can be opened behind each tile of each live board; what its figures mean, the tile links to itself."""

from collections.abc import Mapping
from typing import Final

from streams.explain.request import Request

#: So many events of each number are listed; `kpi explain` lists more.
_LISTED: Final = 20


def _open(view: str, **where: str) -> Request:
    return Request(view, None, where, _LISTED)


_TRADE_TARGET: Final = _open("progress", indicator="trade_value", scope="lao-cai")
_TARGETS: Final = (_TRADE_TARGET, _open("progress", indicator="industrial_output", scope="lao-cai"))
_NEWEST: Final = tuple(
    _open("freshness", source=topic) for topic in ("gate.crossing", "clearance.stage", "factory.output")
)
_WAITING: Final = (_open("waiting_now"),)
_CLEARING: Final = (_open("clearing_now"),)
_BOOTHS: Final = (_open("latency_rolling", span="1h", interval="booth_service"),)
_OUTPUT: Final = (_open("output_rolling", span="24h"),)
_PLANTS: Final = (_open("plants_now"),)
_FRESHNESS: Final = {"Độ tươi của dữ liệu": _NEWEST}

#: Numbers by the board's uid and the panel's title; a tile without any counts what is no event.
TILES: Final[Mapping[str, Mapping[str, tuple[Request, ...]]]] = {
    "tong-quan": {
        "Tiến độ năm": _TARGETS,
        "Từ đầu năm": _TARGETS,
        "Nhịp độ và dự báo (* dựa trên giả định)": _TARGETS,
        "Đường năm so với kế hoạch (% mục tiêu năm)": _TARGETS,
        "Giá trị qua cửa khẩu, 24 giờ": (_open("trade_rolling", span="24h"),),
        "Phục vụ tại bàn, 24 giờ (mục tiêu ≤ 2 phút)": (
            _open("latency_rolling", span="24h", interval="booth_service"),
        ),
        "Xe đang chờ · chờ lâu nhất": _WAITING,
        "Sản xuất theo khu, 24 giờ": _OUTPUT,
        **_FRESHNESS,
    },
    "cua-khau": {
        "Lúc này": (*_CLEARING, *_BOOTHS),
        "Lưu lượng, 24 giờ": (_open("crossings_by_day"),),
        "Tình trạng cửa khẩu, 12 giờ": (_open("gate_status"),),
        "Bãi xe (% sức chứa)": (_open("yards_now"),),
        "Cửa khẩu có đang thông?": _CLEARING,
        "Phục vụ tại bàn theo làn, 4 giờ (p90 ≤ 2 phút)": _BOOTHS,
        **_FRESHNESS,
    },
    "khu-cong-nghiep": {
        "Lúc này": (*_PLANTS, *_OUTPUT),
        "Tình trạng nhà máy, 24 giờ": _PLANTS,
        "Sản xuất từng giờ, 24 giờ (tỷ đồng)": _OUTPUT,
        "Sản xuất theo khu (tỷ đồng)": (*_OUTPUT, _open("output_rolling", span="mtd")),
        "Dừng máy năm nay, giá tỷ đồng (giả định)": (_open("stops"),),
        **_FRESHNESS,
    },
    "thuong-mai": {
        "Giá trị hàng hóa qua cửa khẩu (* lịch mở cửa là giả định)": (_open("trade_by_day"), _TRADE_TARGET),
        "Lũy kế so với năm trước (triệu USD)": (_TRADE_TARGET,),
        "Theo loại hình, từ đầu năm": (_open("trade_by_regime"),),
        "Mặt hàng có giá trị nhất, từ đầu năm": (_open("commodity_by_day"),),
        "Theo cặp cửa khẩu, từ đầu năm": (_open("gate_traffic_by_day"),),
        **_FRESHNESS,
    },
    "canh-bao": {
        "Dữ liệu lúc này": (*_NEWEST, _open("reconciliation_by_day")),
        "Cảnh báo đang mở, và vừa hết": (),
        "Nguồn dữ liệu im lặng lâu nhất": _NEWEST,
        "Bản ghi nhận được mỗi 5 phút, 3 giờ": _NEWEST,
        "Từ sự kiện đến lúc nhận, 3 giờ (giây)": _NEWEST,
        "Đối chiếu tờ khai hai hệ thống (≥ 95 % khớp trong 1 giờ)": (_open("reconciliation_by_day"),),
        "Bản ghi bị loại và mâu thuẫn": (),
        "Số liệu đã công bố và đã thay đổi, 7 ngày": (),
        **_FRESHNESS,
    },
    "chi-tiet-tien-do": {
        "Mọi mục tiêu của năm (* dựa trên giả định)": _TARGETS,
        "Lũy kế so với kế hoạch (% mục tiêu năm)": _TARGETS,
        "Từng ngày (triệu USD hoặc tỷ đồng)": (_open("trade_by_day"), _open("output_by_day")),
        "Từng tháng so với năm trước (triệu USD hoặc tỷ đồng)": _TARGETS,
        **_FRESHNESS,
    },
    "chi-tiet-cua-khau": {
        "Phục vụ tại bàn (mục tiêu ≤ 2 phút)": _BOOTHS,
        "Xe qua cửa khẩu": (_open("crossings_by_day"),),
        "Xe xong trong 2 phút, từng làn (%)": _BOOTHS,
        "Các làn, chậm nhất trước": _BOOTHS,
        "Tình trạng cửa khẩu": (_open("gate_status"),),
        "Trong khu cửa khẩu và thông quan, chậm nhất trước": (
            _open("latency_rolling", span="24h", interval="gate_dwell"),
        ),
        **_FRESHNESS,
    },
    "chi-tiet-nha-may": {
        "Tình trạng dây chuyền": _PLANTS,
        "Sản xuất (tỷ đồng)": _OUTPUT,
        "Làm ra trong thời gian đã chọn": _OUTPUT,
        "Dừng máy trong thời gian đã chọn, giá tỷ đồng (giả định)": (_open("stops"),),
        **_FRESHNESS,
    },
    "chi-tiet-thuong-mai": {
        "Giá trị từng ngày theo loại hình (triệu USD)": (_open("trade_by_regime"),),
        "Theo loại hình": (_open("trade_by_regime"),),
        "Mặt hàng có giá trị nhất": (_open("commodity_by_day"),),
        "Theo cửa khẩu và chiều": (_open("trade_by_day"),),
        **_FRESHNESS,
    },
    "chi-tiet-du-lieu": {
        "Bản ghi nhận được": _NEWEST,
        "Từ sự kiện đến lúc nhận (giây)": _NEWEST,
        "Cảnh báo trong thời gian đã chọn, nhiều nhất 7 ngày": (),
        "Bản ghi bị loại, mới nhất": (),
        "Mọi nguồn, im lặng lâu nhất trước": _NEWEST,
        **_FRESHNESS,
    },
}
