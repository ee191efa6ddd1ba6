-- The worst of how each line of the chosen plants stood in each step: 1 silent, 2 stopped, 3 idle, 4 producing.
WITH toUnixTimestamp($__fromTime) AS begins, toUnixTimestamp($__toTime) + 1 AS ends
SELECT toDateTime(moment, 'UTC') AS time, concat(plant_id, '/', line_id) AS day_chuyen,
    min(toUInt8(indexOf(['silent', 'stopped', 'idle', 'producing'], status))) AS trang_thai
FROM line_states
ARRAY JOIN range(
    toUInt32(intDiv(greatest(toUnixTimestamp(started_at), begins), $__interval_s) * $__interval_s),
    toUInt32(if(ongoing, ends, least(toUnixTimestamp(ended_at), ends))),
    toUInt32($__interval_s)) AS moment
WHERE (ongoing OR ended_at > $__fromTime) AND $__conditionalAll(zone_id IN (${zone:singlequote}), $zone) AND $__conditionalAll(plant_id IN (${plant:singlequote}), $plant)
GROUP BY time, day_chuyen
ORDER BY time, day_chuyen
