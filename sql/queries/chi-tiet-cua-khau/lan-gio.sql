-- Percent of each lane's vehicles within the goal, step by step; days are Hanoi's.
SELECT if($__interval_s >= 86400, toStartOfDay(window_start, 'Asia/Ho_Chi_Minh'), $__timeInterval(window_start)) AS time, toString(lane_id) AS lan, sum(within_goal) / sum(vehicles) * 100 AS dat
FROM latency_by_minute
WHERE interval = 'booth_service' AND vehicles > 0 AND $__timeFilter(window_start)
    AND $__conditionalAll(gate_id IN (${gate:singlequote}), $gate) AND $__conditionalAll(direction IN (${direction:singlequote}), $direction) AND $__conditionalAll(lane_id IN (${lane:singlequote}), $lane)
GROUP BY time, lan
ORDER BY time, lan
