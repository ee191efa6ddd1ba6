-- Booth service of each lane in the last four hours, the slowest first; fewer than 20 vehicles are not judged (○).
SELECT toString(lane_id) AS "Làn",
    concat(multiIf(served < 20, '○ ', round(p90, 1) > 2, '■ ', '● '), replaceOne(printf('%.1f', p90), '.', ',')) AS "p90, phút",
    replaceOne(printf('%.1f', kpi_quantile(sketch, 0.5) / 60000), '.', ',') AS "p50, phút",
    served AS "Xe"
FROM
(
    SELECT lane_id, sumMap(sketch) AS sketch, sum(vehicles) AS served, kpi_quantile(sketch, 0.9) / 60000 AS p90
    FROM latency_by_minute
    WHERE interval = 'booth_service' AND window_start > now('UTC') - INTERVAL 4 HOUR AND vehicles > 0
    GROUP BY lane_id
)
ORDER BY served < 20, p90 DESC, lane_id
LIMIT 7
