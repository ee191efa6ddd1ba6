-- How each plant stood at each step: 1 silent, 2 stopped, 3 idle, 4 producing; the worst first.
WITH toUnixTimestamp($__fromTime) AS begins, toUnixTimestamp($__toTime) + 1 AS ends
SELECT toDateTime(moment, 'UTC') AS time, toString(plant_id) AS nha_may,
    toUInt8(indexOf(['silent', 'stopped', 'idle', 'producing'], status)) AS trang_thai
FROM plant_states
ARRAY JOIN range(
    toUInt32(intDiv(greatest(toUnixTimestamp(started_at) + $__interval_s - 1, begins), $__interval_s) * $__interval_s),
    toUInt32(if(ongoing, ends, least(toUnixTimestamp(ended_at), ends))),
    toUInt32($__interval_s)) AS moment
WHERE ongoing OR ended_at > $__fromTime
ORDER BY time, min(trang_thai) OVER (PARTITION BY nha_may), nha_may
