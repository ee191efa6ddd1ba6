"""Definitions: the alerts, open and past, and the history that they keep quiet about."""

from typing import Final

from streams.core.definitions.model import Definition, in_views

_SOURCE: Final = "domain report, 2, row 15; issue 8"
_VIEWS: Final = ("alerts_now", "alerts_recent")

ALERTING: Final = (
    Definition(
        name="alert_phase",
        title_vi="Tình trạng cảnh báo",
        title_en="How an open alert stands",
        unit="word",
        formula="firing; no_data where nothing is known now; error where the query of the rule is refused",
        grain="now; alert",
        columns=("alerts_now.phase",),
        caveats=("An alert stays open through no_data and error.",),
        source=_SOURCE,
    ),
    Definition(
        name="alert_duration",
        title_vi="Cảnh báo kéo dài",
        title_en="How long an alert lasts",
        unit="s",
        formula="its end, or now, - when it fired, which is after its condition had held for the rule's time",
        grain="alert",
        columns=in_views("seconds", *_VIEWS),
        source=_SOURCE,
    ),
    Definition(
        name="alert_value",
        title_vi="Giá trị và ngưỡng của cảnh báo",
        title_en="Value and limit of an alert",
        unit="unit of the rule",
        formula="what the rule's query answers: now, or when it fired; of relative rules percent of usual",
        grain="alert",
        columns=(*in_views("value", *_VIEWS), *in_views("limit_value", *_VIEWS)),
        caveats=("The units are those of the rule's message; kpi alerts check lists the rules.",),
        source=_SOURCE,
    ),
    Definition(
        name="alert_sample",
        title_vi="Cỡ mẫu của cảnh báo",
        title_en="Sample of an alert",
        unit="unit of the rule",
        formula="how many vehicles, reports or declarations its value is of",
        grain="alert",
        columns=in_views("sample", *_VIEWS),
        source=_SOURCE,
    ),
    Definition(
        name="alert_ending",
        title_vi="Cảnh báo kết thúc thế nào",
        title_en="How an alert ended",
        unit="word",
        formula=(
            "resolved: the value is back within its clear limit; corrected: facts that came later say that it"
            " was never beyond it, or that the change never was; changed: a change, over at once; empty: open"
        ),
        grain="alert of the last 7 days",
        columns=("alerts_recent.ending",),
        source=_SOURCE,
    ),
    Definition(
        name="alert_told",
        title_vi="Số người nhận cảnh báo",
        title_en="Who was told of an alert",
        unit="subscribers",
        formula="distinct subscribers to whom a message about it was sent",
        grain="alert of the last 7 days",
        columns=("alerts_recent.told",),
        source=_SOURCE,
    ),
    Definition(
        name="messages_by_state",
        title_vi="Tin cảnh báo theo người nhận",
        title_en="Messages by recipient",
        unit="messages",
        formula="sent, waiting (not due yet, or tried again), and given up after a day of attempts in vain",
        grain="30 days; subscriber",
        columns=("recipients_now.sent", "recipients_now.waiting", "recipients_now.given_up"),
        source=_SOURCE,
    ),
    Definition(
        name="messages_failing",
        title_vi="Tin cảnh báo không tới được người nhận",
        title_en="Messages that do not reach their recipient",
        unit="messages",
        formula="tried in vain for ten minutes or longer (8 attempts), or given up within a day",
        grain="now; subscriber",
        columns=("recipients_now.failing",),
        source=_SOURCE,
    ),
    Definition(
        name="messages_overdue",
        title_vi="Tin cảnh báo quá hạn gửi",
        title_en="How long a message has been overdue",
        unit="s",
        formula="now - when the oldest message was due that still waits; after minutes nobody delivers",
        grain="now; subscriber",
        columns=("recipients_now.overdue_seconds",),
        source=_SOURCE,
    ),
    Definition(
        name="history_events",
        title_vi="Sự kiện lịch sử đang nạp",
        title_en="History that comes in",
        unit="records",
        formula="events of the last 10 minutes, received over 15 minutes after their time, backfill",
        grain="now",
        columns=in_views("events", "history_now", "history_by_place"),
        caveats=("What rules on such events find at their gate or zone within its reach rings nobody.",),
        source=_SOURCE,
    ),
)
