-- How long vehicles took, of the intervals that ended in the period: by interval and gate, and of all gates.
SELECT gate_id AS subject, if(length({intervals:Array(String)}) > 1, interval, '') AS detail, interval, vehicles, vehicles_before,
    if(vehicles = 0, NULL, kpi_quantile(sketch, 0.5)) AS p50_ms,
    if(vehicles_before = 0, NULL, kpi_quantile(sketch_before, 0.5)) AS p50_ms_before,
    if(vehicles = 0, NULL, kpi_quantile(sketch, 0.9)) AS p90_ms,
    if(vehicles_before = 0, NULL, kpi_quantile(sketch_before, 0.9)) AS p90_ms_before,
    if(interval = 'booth_service', within_goal / nullIf(vehicles, 0) * 100, NULL) AS within_goal_percent,
    if(interval = 'booth_service', within_goal_before / nullIf(vehicles_before, 0) * 100, NULL) AS within_goal_percent_before
FROM
(
    SELECT t.interval AS interval, t.gate_id AS gate_id,
        sumIf(t.vehicles, NOT t.is_before) AS vehicles, sumIf(t.vehicles, t.is_before) AS vehicles_before,
        sumIf(t.within_goal, NOT t.is_before) AS within_goal, sumIf(t.within_goal, t.is_before) AS within_goal_before,
        sumMapIf(t.sketch, NOT t.is_before) AS sketch, sumMapIf(t.sketch, t.is_before) AS sketch_before
    FROM
    (
        SELECT toString(interval) AS interval, toString(gate_id) AS gate_id, vehicles, within_goal, sketch,
            window_start < {begin:DateTime('UTC')} AS is_before
        FROM latency_by_minute
        WHERE (window_start >= {begin:DateTime('UTC')} AND window_start < {end:DateTime('UTC')})
            OR (window_start >= {before_begin:DateTime('UTC')} AND window_start < {before_end:DateTime('UTC')})
    ) AS t
    GROUP BY GROUPING SETS ((interval, gate_id), (interval))
)
WHERE has({intervals:Array(String)}, interval)
ORDER BY interval DESC, subject = '' DESC, vehicles DESC, subject
