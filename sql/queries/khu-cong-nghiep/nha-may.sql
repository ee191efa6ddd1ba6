-- The worst of how each plant stood in each step: 1 silent, 2 stopped, 3 idle, 4 producing; the worst first. A plant that
-- never reported is silent.
WITH toUnixTimestamp($__fromTime) AS begins, toUnixTimestamp($__toTime) + 1 AS ends
SELECT time, nha_may, trang_thai
FROM
(
    SELECT toDateTime(moment, 'UTC') AS time, nha_may, min(toUInt8(indexOf(['silent', 'stopped', 'idle', 'producing'], status))) AS trang_thai
    FROM
    (
        SELECT toString(plant_id) AS nha_may, status, started_at, ended_at, ongoing
        FROM plant_states
        WHERE ongoing OR ended_at > $__fromTime
        UNION ALL
        SELECT toString(plant_id), 'silent', toDateTime(0, 'UTC'), toDateTime(0, 'UTC'), true
        FROM plants_now
        WHERE status = 'never_reported'
    )
    ARRAY JOIN range(
        toUInt32(intDiv(greatest(toUnixTimestamp(started_at), begins), $__interval_s) * $__interval_s),
        toUInt32(if(ongoing, ends, least(toUnixTimestamp(ended_at), ends))),
        toUInt32($__interval_s)) AS moment
    GROUP BY time, nha_may
)
ORDER BY time, min(trang_thai) OVER (PARTITION BY nha_may), nha_may
