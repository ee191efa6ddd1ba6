-- First part of every statement of `kpi verify`: the events of some types, from `events` alone. Only entities with
-- an event in the window are read.
WITH
    toDateTime64({window_from:String}, 3, 'UTC') AS window_from,
    toDateTime64({window_to:String}, 3, 'UTC') AS window_to,
    toDate(window_from, 'Asia/Ho_Chi_Minh') AS day_from,
    toDate(window_to, 'Asia/Ho_Chi_Minh') AS day_to,
    archived AS
    (
        SELECT type, topic, partition, subject, time, toString(id) AS fact_id, toString(corrects_id) AS target,
            correction_kind AS kind, correction_no AS number, payload, offset, received_at, source,
            simulated, late, redriven,
            multiIf(
                type = 'vn.laocai.kpi.factory.output.v1', concat(toString(toStartOfMinute(time)), subject),
                type = 'vn.laocai.kpi.gate.state.v1', concat(toString(toStartOfHour(ifNull(corrects_time, time))), subject),
                subject) AS entity
        FROM events FINAL
        PREWHERE type IN {types:Array(String)}
            AND time >= toDateTime64({scan_from:String}, 3, 'UTC') AND time <= toDateTime64({scan_to:String}, 3, 'UTC')
            AND subject IN
            (
                SELECT subject
                FROM events
                WHERE type IN {types:Array(String)} AND time >= window_from AND time <= window_to + INTERVAL 1 HOUR
            )
            AND position < transform(concat(topic, '/', toString(partition)),
                {partitions:Array(String)}, {next_positions:Array(UInt64)}, toUInt64(0))
    ),
