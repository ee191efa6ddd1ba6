-- How each gate stood at each step: 1 not heard of, 2 closed, 3 restricted, 4 open.
WITH toUnixTimestamp($__fromTime) AS begins, toUnixTimestamp($__toTime) + 1 AS ends
SELECT toDateTime(moment, 'UTC') AS time, toString(gate_id) AS cua_khau,
    toUInt8(indexOf(['no_data', 'closed', 'restricted', 'open'], state)) AS trang_thai
FROM gate_timeline
ARRAY JOIN range(
    toUInt32(intDiv(greatest(toUnixTimestamp(started_at) + $__interval_s - 1, begins), $__interval_s) * $__interval_s),
    toUInt32(least(ifNull(toUnixTimestamp(ended_at), ends), ends)),
    toUInt32($__interval_s)) AS moment
WHERE ended_at IS NULL OR ended_at > $__fromTime
ORDER BY time, cua_khau
