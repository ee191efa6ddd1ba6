-- Vehicles that crossed at each gate in the last 24 hours, beside the same 24 hours a week before; those are the sample.
SELECT scope, toFloat64(vehicles) AS value, toInt64(before) AS sample, toFloat64(before) AS last_week
FROM
(
    SELECT toString(gate_id) AS scope, sumIf(crossed, recent) AS vehicles, sumIf(crossed, NOT recent) AS before
    FROM
    (
        SELECT gate_id, window_start > now('UTC') - INTERVAL 1 DAY AS recent, sum(vehicles) AS crossed
        FROM crossings_by_minute
        WHERE window_start > now('UTC') - INTERVAL 8 DAY AND window_start <= now('UTC')
            AND (window_start > now('UTC') - INTERVAL 1 DAY OR window_start <= now('UTC') - INTERVAL 7 DAY)
        GROUP BY gate_id, recent
    )
    GROUP BY gate_id
)
