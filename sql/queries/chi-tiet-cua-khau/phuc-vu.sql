-- Booth service of the chosen lanes: half of the vehicles, and 9 in 10; where nobody was served the lines break.
SELECT if($__interval_s >= 86400, toStartOfDay(window_start, 'Asia/Ho_Chi_Minh'), $__timeInterval(window_start)) AS time,
    toNullable(kpi_quantile(sumMap(sketch), 0.5) / 60000) AS "Một nửa số xe (p50)",
    toNullable(kpi_quantile(sumMap(sketch), 0.9) / 60000) AS "9 trên 10 xe (p90)"
FROM latency_by_minute
WHERE interval = 'booth_service' AND vehicles > 0 AND $__timeFilter(window_start)
    AND $__conditionalAll(gate_id IN (${gate:singlequote}), $gate) AND $__conditionalAll(direction IN (${direction:singlequote}), $direction) AND $__conditionalAll(lane_id IN (${lane:singlequote}), $lane)
GROUP BY time
ORDER BY time WITH FILL STEP toIntervalSecond($__interval_s)
