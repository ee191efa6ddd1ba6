-- Booth service of all gates; where nobody was served the lines break.
SELECT time, toNullable(kpi_quantile(sketch, 0.5) / 60000) AS "Một nửa số xe (p50)",
    toNullable(kpi_quantile(sketch, 0.9) / 60000) AS "9 trên 10 xe (p90)"
FROM
(
    SELECT $__timeInterval(window_start) AS time, sumMap(sketch) AS sketch
    FROM latency_by_minute
    WHERE interval = 'booth_service' AND $__timeFilter(window_start)
    GROUP BY time
)
ORDER BY time WITH FILL STEP toIntervalSecond($__interval_s)
