-- Each chosen lane: vehicles, percentiles, and percent within the goal; the slowest first.
SELECT toString(lane_id) AS "Làn", served AS "Xe", kpi_quantile(sketch, 0.5) / 60000 AS "p50, phút",
    kpi_quantile(sketch, 0.9) / 60000 AS "p90, phút", good / served * 100 AS "≤ 2 phút"
FROM
(
    SELECT lane_id, sumMap(sketch) AS sketch, sum(vehicles) AS served, sum(within_goal) AS good
    FROM latency_by_minute
    WHERE interval = 'booth_service' AND vehicles > 0 AND $__timeFilter(window_start)
        AND $__conditionalAll(gate_id IN (${gate:singlequote}), $gate) AND $__conditionalAll(direction IN (${direction:singlequote}), $direction) AND $__conditionalAll(lane_id IN (${lane:singlequote}), $lane)
    GROUP BY lane_id
)
ORDER BY "p90, phút" DESC, "Làn"
LIMIT 12
