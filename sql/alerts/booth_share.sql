-- Percent of the vehicles of the last hour that a booth served within 2 minutes, by gate.
SELECT toString(gate_id) AS scope, sum(within_goal) / sum(vehicles) * 100 AS value, sum(vehicles) AS sample
FROM latency_by_minute
WHERE window_start > now('UTC') - INTERVAL 1 HOUR AND window_start <= now('UTC') AND interval = 'booth_service'
GROUP BY gate_id
