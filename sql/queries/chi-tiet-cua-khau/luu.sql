-- From arrival to crossing, and from the first paper to the release, of the chosen gates and ways, finished vehicles only.
SELECT toString(gate_id) AS "Cửa khẩu", toString(direction) AS "Chiều", toString(interval) AS "Khoảng", served AS "Xe",
    kpi_quantile(sketch, 0.5) / 60000 AS "p50, phút", kpi_quantile(sketch, 0.9) / 60000 AS "p90, phút"
FROM
(
    SELECT gate_id, direction, interval, sumMap(sketch) AS sketch, sum(vehicles) AS served
    FROM latency_by_minute
    WHERE interval IN ('gate_dwell', 'clearance') AND vehicles > 0 AND $__timeFilter(window_start)
        AND $__conditionalAll(gate_id IN (${gate:singlequote}), $gate) AND $__conditionalAll(direction IN (${direction:singlequote}), $direction)
    GROUP BY gate_id, direction, interval
)
ORDER BY "p90, phút" DESC, "Cửa khẩu", "Chiều"
LIMIT 10
