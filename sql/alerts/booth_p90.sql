-- Nine of ten vehicles that left a booth in the last 15 minutes were served within so many minutes, by gate.
SELECT toString(gate_id) AS scope, kpi_quantile(sumMap(sketch), 0.9) / 60000 AS value, sum(vehicles) AS sample
FROM latency_by_minute
WHERE window_start > now('UTC') - INTERVAL 15 MINUTE AND window_start <= now('UTC') AND interval = 'booth_service'
GROUP BY gate_id
