"""Definitions: how good and how fresh the data is."""

from typing import Final

from streams.core.definitions.model import Definition

QUALITY: Final = (
    Definition(
        name="last_event",
        title_vi="Sự kiện mới nhất",
        title_en="Newest event",
        unit="time",
        formula="latest event time, and latest arrival, of what a source sent or a topic holds",
        grain="now; source or topic",
        columns=("freshness.last_event_time", "freshness.last_received_at"),
        caveats=("A source that was silent for a month is not shown, except where events are rare.",),
        source="interface, Views; domain report, 2, row 22",
    ),
    Definition(
        name="data_age",
        title_vi="Độ trễ của dữ liệu",
        title_en="Age of the data",
        unit="s",
        formula="now - latest event time, at least 0",
        grain="now; source or topic",
        columns=("freshness.age_seconds",),
        caveats=("A gate that is closed sends nothing: age alone is no fault.",),
        source="interface, Views; domain report, 2, row 22",
    ),
    Definition(
        name="missing_days",
        title_vi="Ngày không có số liệu",
        title_en="Days of which nothing is known",
        unit="days",
        formula=(
            "local days that are over, between the first day of a topic and today,"
            " without a crossing or a report"
        ),
        grain="now; topic, stretch of days",
        columns=("missing_days.days",),
        caveats=("While they are missing, sums of the year, pace and projection are too small.",),
        source="domain report, 2, row 22",
    ),
    Definition(
        name="accepted_events",
        title_vi="Sự kiện đã nhận",
        title_en="Accepted events",
        unit="records",
        formula="count of event ids that kept the contract, however often each was sent",
        grain="one row an event id; type, source, topic",
        columns=("events.id",),
        source="contracts",
    ),
    Definition(
        name="late_events",
        title_vi="Sự kiện đến muộn",
        title_en="Late events",
        unit="records",
        formula="count of events received more than 15 minutes after their time that are no backfill",
        grain="one row an event id; type, source, topic",
        columns=("events.late",),
        caveats=("Late events are counted in the window that they belong to; none is dropped.",),
        source="interface, Meanings",
    ),
    Definition(
        name="dead_letters",
        title_vi="Bản ghi bị loại",
        title_en="Dead letters",
        unit="records",
        formula="count of records that broke the contract, by reason",
        grain="one row a record; topic, reason",
        columns=("dead_letters.reason",),
        caveats=("They are in no other figure until they are redriven.",),
        source="contracts; interface, Meanings",
    ),
    Definition(
        name="findings",
        title_vi="Dữ liệu mâu thuẫn",
        title_en="Findings",
        unit="records",
        formula="count of facts that contradict each other: conflict, negative_interval, resent_differs",
        grain="one row a finding; kind, type",
        columns=("findings.kind",),
        caveats=("A finding goes when a correction takes the contradiction away.",),
        source="interface, Meanings",
    ),
)
