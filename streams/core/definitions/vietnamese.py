"""What the figures of reports and walls mean, in the language of those who read them.

The catalogue says the same in full and to the letter; here is what a reader must know.
"""

from typing import Final, NamedTuple


class Meaning(NamedTuple):
    """What a figure is, with what is easily misread about it; and what it assumes."""

    text: str
    assumption: str = ""

    @property
    def words(self) -> str:
        """Give both on one line."""
        return " ".join(filter(None, self))


_SEASON: Final = (
    "Hình dạng mùa: đã công bố hoặc suy ra là tháng 1, tháng 4, bốn tháng đầu, nửa năm và cả năm 2023 của"
    " thương mại, hai tháng đầu và nửa năm của công nghiệp; các tháng khác, ngày trong tuần và những ngày"
    " quanh Tết là giả định."
)
_OPEN_DAYS: Final = "Cửa khẩu coi như nghỉ từ giao thừa đến mồng ba Tết, nhà máy coi như chạy mọi ngày."
_STAY: Final = (
    " Chỉ tính xe đã xong: phải đọc cùng số xe còn chờ, nếu không lúc tắc lại trông nhanh. Phân vị sai"
    " không quá 1 %."
)
_WAITING: Final = "đã đến, chưa qua cũng chưa quay đầu, trong 72 giờ qua"
_HALF_HOUR: Final = (
    "Cửa khẩu báo ít nhất nửa giờ một lần trong giờ làm việc; ba lần như thế không có tin là im lặng."
)
_CAPACITY: Final = "Cửa khẩu không báo sức chứa thì lấy của danh bạ, là giả định."
_USUAL_RATE: Final = (
    "Dây chuyền lẽ ra làm tiếp ở mức trung vị dưới của các giờ chạy trọn trong 28 ngày trước. Dây chuyền"
    " không thấy chạy trong thời gian đó tính theo công suất thiết kế và giá giả định: là mức cao nhất."
)
_PUBLISHED: Final = "Số liệu một ngày coi như công bố 15 phút sau khi ngày kết thúc; chưa ai quy định."
_SIXTY: Final = "Tờ khai có thể mất 60 phút để sang hệ thống kia."
_UNITS: Final = " Một dòng một nguyên nhân; phân vị của các nguyên nhân không cộng được."

#: By the names of the catalogue.
MEANINGS: Final = {
    "year_to_date": Meaning("Tổng từ 1/1 giờ Hà Nội, trong phạm vi của mục tiêu."),
    "target": Meaning(
        "Mục tiêu đang có hiệu lực; năm chưa có mục tiêu riêng thì so với mục tiêu của năm trước."
    ),
    "percent_of_target": Meaning("Lũy kế từ đầu năm chia cho mục tiêu năm."),
    "gap": Meaning("Mục tiêu trừ lũy kế; số âm là đã vượt."),
    "planned": Meaning("Phần mục tiêu lẽ ra đạt đến lúc này nếu năm đi đúng mùa.", _SEASON),
    "plan_curve": Meaning("Phần mục tiêu lẽ ra đạt đến hết từng ngày, theo mùa.", _SEASON),
    "planned_straight": Meaning("Phần mục tiêu lẽ ra đạt đến lúc này nếu mọi ngày như nhau."),
    "pace": Meaning("Lũy kế chia cho kế hoạch theo mùa đến lúc này; 100 % là đúng kế hoạch.", _SEASON),
    "pace_straight": Meaning("Lũy kế chia cho kế hoạch theo đường thẳng đến lúc này."),
    "projection": Meaning(
        "Cả năm nếu phần còn lại đi như mùa, theo nhịp độ đến nay. Đầu năm vài ngày đã quyết định: đọc"
        " cùng khoảng dự báo, là phần còn lại đi như tháng chậm nhất và nhanh nhất trong mười hai tháng"
        " qua.",
        _SEASON,
    ),
    "needed_per_open_day": Meaning("Phần còn thiếu chia đều cho số ngày mở cửa còn lại.", _OPEN_DAYS),
    "reached_on": Meaning("Ngày đạt mục tiêu nếu phần còn lại đi như mùa, theo nhịp độ đến nay.", _SEASON),
    "last_year": Meaning(
        "Tổng của năm trước sau cùng số ngày mở cửa; ngày đang chạy tính một phần.", _OPEN_DAYS
    ),
    "last_year_percent": Meaning("So với năm trước sau cùng số ngày mở cửa.", _OPEN_DAYS),
    "last_year_season_percent": Meaning("So với năm trước ở cùng điểm của mùa, tính theo Tết.", _SEASON),
    "trade_value": Meaning(
        "Trị giá hàng của xe có hàng, ghi nhận một lần lúc qua cửa khẩu, mọi loại hình. Xuất và nhập cộng"
        " lại không bằng tổng: 25-45 % là loại hình khác."
    ),
    "trade_mass": Meaning("Khối lượng tịnh của hàng, ghi nhận một lần lúc qua cửa khẩu."),
    "regime_share": Meaning(
        "Trị giá của loại hình chia cho trị giá mọi loại hình; các phần cộng lại là 100 %."
    ),
    "loaded_and_empty": Meaning("Số lượt xe qua cửa khẩu có hàng và không có hàng; một toa tàu là một xe."),
    "loaded_percent": Meaning("Số lượt xe có hàng chia cho mọi lượt xe."),
    "crossings": Meaning("Số lượt xe qua cửa khẩu; mỗi lượt tính một lần, một toa tàu là một xe."),
    "booth_service": Meaning(
        "Từ lúc vào đến lúc rời bàn làm thủ tục; mục tiêu 2 phút là của riêng khâu này." + _STAY
    ),
    "within_goal": Meaning("Tỷ lệ xe được phục vụ tại bàn trong không quá 2 phút."),
    "latency_sample": Meaning("Số xe đã xong được đo; lượt kết thúc trước khi bắt đầu không tính."),
    "gate_dwell": Meaning("Từ lúc đến tới lúc qua cửa khẩu, theo đồng hồ, kể cả giờ đóng cửa." + _STAY),
    "dwell_with_waiting": Meaning(
        "Từ lúc đến tới lúc qua cửa khẩu, tính cả xe đang chờ theo thời gian đã chờ; quá ít xe đã qua thì là"
        " ít nhất lâu như thế.",
        "Chỉ xét xe qua trong 4 giờ gần đây; xe đến sớm hay muộn qua nhanh như nhau.",
    ),
    "clearing_verdict": Meaning(
        "Điều đầu tiên đúng: không có số liệu; đóng (cửa khẩu báo thế); KHÔNG THÔNG (có xe chờ, 60 phút"
        " không xe nào qua và xe lâu nhất chờ cũng chừng ấy); chậm (quá nửa chờ trên 2 giờ hoặc cần trên 2"
        " giờ để hết chờ); không có xe; đang thông. Chỉ tính giờ mở cửa.",
        "60 phút không xe qua; 90 phút không có tin; 2 giờ để chờ và để hết chờ.",
    ),
    "waiting_vehicles": Meaning(f"Số xe {_WAITING}."),
    "waiting_oldest": Meaning(f"Thời gian chờ dài nhất của xe {_WAITING}."),
    "waiting_oldest_open": Meaning(
        f"Phần trong giờ mở cửa của thời gian chờ dài nhất của xe {_WAITING}.",
        "Giờ mở cửa của mọi cửa khẩu trừ Kim Thành, trừ khi cửa khẩu đã báo giờ.",
    ),
    "waiting_over_2h": Meaning("Số xe đang chờ từ 2 đến 72 giờ."),
    "drain_time": Meaning("Số xe chờ chia cho số xe qua trong giờ vừa rồi; coi như không có xe mới đến."),
    "waiting_stale": Meaning(
        "Xe đến hơn 72 giờ mà không có tin đã qua hay quay đầu; không tính vào số khác."
    ),
    "arrivals_expected": Meaning(
        "Số xe thường đến vào giờ ấy ngày ấy (bốn tuần qua), nhân với số tờ khai đang mở so với mức thường.",
        "Chưa đủ một tuần số liệu thì chia theo giờ là giả định, chưa đủ một ngày thì chỉ biết số xe một"
        " ngày của Kim Thành (2024).",
    ),
    "declarations_open": Meaning("Tờ khai đăng ký trong 48 giờ, chưa thông quan cũng chưa hủy."),
    "gate_status": Meaning(
        "Mở, hạn chế hoặc đóng như cửa khẩu báo lần cuối; không có số liệu nếu 90 phút làm việc không có"
        " tin, hoặc đã một ngày làm việc chỉ thấy xe mà cửa khẩu không báo. Không có xe không phải là một"
        " trạng thái.",
        _HALF_HOUR,
    ),
    "gate_hours": Meaning(
        "Giờ làm việc như cửa khẩu báo lần cuối, nếu chưa báo thì theo danh bạ; không tính ngày nghỉ.",
        "Giờ trong danh bạ là giả định ở mọi cửa khẩu trừ Kim Thành.",
    ),
    "gate_counterpart_state": Meaning("Phía bạn mở, hạn chế hay đóng, như cửa khẩu ta báo lần cuối."),
    "gate_period": Meaning("Từ lúc trạng thái bắt đầu đến lúc hết, hoặc đến nay.", _HALF_HOUR),
    "yard_present": Meaning(
        "Số xe trong bãi nếu cửa khẩu báo trong giờ vừa rồi, không thì là số xe đang chờ ở cửa khẩu."
    ),
    "yard_occupancy": Meaning("Số xe trong bãi chia cho sức chứa.", _CAPACITY),
    "yard_time_to_full": Meaning("Thời gian đến khi đầy nếu các giờ tới như giờ vừa rồi.", _CAPACITY),
    "output_value": Meaning(
        "Tổng giá trị nhà máy báo, theo giờ mà báo cáo nói đến. Giá cố định 2010 hay giá hiện hành: chưa"
        " nơi nào nói."
    ),
    "output_share": Meaning("Giá trị của sản phẩm chia cho giá trị của khu, hoặc của toàn tỉnh."),
    "line_state": Meaning("Trạng thái và lý do dây chuyền báo trong các khoảng liền nhau."),
    "stop_duration": Meaning(
        "Dây chuyền báo đứng và không làm ra gì, đến khi chạy lại; đổi lý do hay im lặng không làm hết lần"
        " dừng."
    ),
    "stop_loss": Meaning(
        "Thời gian dừng nhân với mức làm thường ngày. Im lặng không phải là dừng.", _USUAL_RATE
    ),
    "stop_points": Meaning(
        "Giá trị mất trong năm, tính bằng phần trăm mục tiêu công nghiệp của tỉnh.", _USUAL_RATE
    ),
    "plant_status": Meaning(
        "Im lặng: ba lần báo cáo liền không có. Dừng thì nhà máy nói, im lặng thì không nói gì."
    ),
    "alert_phase": Meaning(
        "Mở từ lúc điều kiện đã kéo dài đủ thời gian của quy tắc đến khi trở lại dưới ngưỡng hết; mất"
        " số liệu không làm cảnh báo hết."
    ),
    "alert_duration": Meaning("Từ lúc phát đến lúc hết, hoặc đến nay."),
    "alert_value": Meaning("Giá trị lúc phát và ngưỡng, theo đơn vị ghi trong lời cảnh báo."),
    "alert_ending": Meaning(
        "Đã hết: giá trị trở lại dưới ngưỡng hết. Đính chính: số liệu đến sau cho thấy chưa từng vượt"
        " ngưỡng, hoặc chưa từng đổi trạng thái. Đã đổi: đổi trạng thái, hết ngay."
    ),
    "alert_told": Meaning("Số người nhận khác nhau đã được gửi tin về cảnh báo ấy."),
    "state_duration": Meaning("Từ đầu khoảng thứ nhất đến cuối khoảng cuối cùng, hoặc đến nay."),
    "budget_revenue": Meaning("Thuế và phí nộp tại cửa khẩu; không gồm những gì hải quan thu nơi khác."),
    "declarations_by_state": Meaning(
        "Số tờ khai đăng ký lần đầu trong kỳ, theo tình trạng trên hai hệ thống.", _SIXTY
    ),
    "match_rate_60": Meaning(
        "Tờ khai đến hạn mà hai hệ thống cùng có trong 60 phút, trị giá như nhau.", _SIXTY
    ),
    "value_at_risk": Meaning(
        "Trị giá mà chỉ một hệ thống có khi đã đến hạn hoặc bên kia đã hủy, cộng phần lệch trị giá: là mức"
        " cao nhất.",
        "Coi mỗi trị giá như thế là lần khai thứ hai của cùng lô hàng.",
    ),
    "mismatch_value": Meaning("Tổng chênh lệch trị giá của tờ khai mà hai hệ thống ghi khác nhau."),
    "accepted_events": Meaning("Số sự kiện đúng hợp đồng dữ liệu; gửi lại nhiều lần vẫn tính một."),
    "late_events": Meaning(
        "Số sự kiện nhận sau hơn 15 phút, không kể số liệu gửi bù; vẫn được tính vào đúng thời gian của nó."
    ),
    "dead_letters": Meaning("Bản ghi sai hợp đồng dữ liệu, không nằm trong số nào khác cho đến khi gửi lại."),
    "findings": Meaning("Sự kiện trái nhau: hai lần qua, kết thúc trước khi bắt đầu, gửi lại khác nội dung."),
    "as_known_now": Meaning("Số liệu của ngày ấy theo mọi sự kiện đã có đến nay."),
    "first_published": Meaning("Số liệu của ngày ấy theo các sự kiện đã có khi công bố.", _PUBLISHED),
    "restated_by": Meaning(
        "Phần thay đổi do sự kiện đến muộn, được sửa, bị hủy hoặc gửi lại." + _UNITS, _PUBLISHED
    ),
    "restating_events": Meaning("Số sự kiện làm đổi số liệu của ngày ấy.", _PUBLISHED),
    "last_event": Meaning("Lúc xảy ra của sự kiện mới nhất đã nhận."),
    "data_age": Meaning("Từ sự kiện mới nhất đến nay; cửa khẩu đóng thì không gửi gì, đó không phải lỗi."),
    "missing_days": Meaning(
        "Ngày trọn mà không cửa khẩu hay nhà máy nào báo gì: thiếu số liệu, không phải số không."
    ),
}
