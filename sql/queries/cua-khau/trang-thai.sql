-- The worst of how each gate stood in each step: 1 not heard of, 2 closed, 3 restricted, 4 open. Steps of a wall are short.
-- A gate that never said how it stands is not heard of.
WITH toUnixTimestamp($__fromTime) AS begins, toUnixTimestamp($__toTime) + 1 AS ends
SELECT toDateTime(moment, 'UTC') AS time, cua_khau, min(toUInt8(indexOf(['no_data', 'closed', 'restricted', 'open'], state))) AS trang_thai
FROM
(
    SELECT toString(gate_id) AS cua_khau, state, started_at, ended_at
    FROM gate_timeline
    WHERE (ended_at IS NULL OR ended_at > $__fromTime)
    UNION ALL
    SELECT toString(gate_id), 'no_data', toDateTime64(0, 3, 'UTC'), NULL
    FROM gate_calendar
    WHERE gate_id NOT IN (SELECT gate_id FROM gate_timeline)
)
ARRAY JOIN range(
    toUInt32(intDiv(greatest(toUnixTimestamp(started_at), begins), $__interval_s) * $__interval_s),
    toUInt32(least(ifNull(toUnixTimestamp(ended_at), ends), ends)),
    toUInt32($__interval_s)) AS moment
GROUP BY time, cua_khau
ORDER BY time, cua_khau
