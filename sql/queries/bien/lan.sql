-- The lanes of the chosen gates and ways that served somebody in the last 30 days.
SELECT DISTINCT toString(lane_id) AS value
FROM latency_by_day
WHERE interval = 'booth_service' AND day > toDate(now('Asia/Ho_Chi_Minh')) - 30
    AND $__conditionalAll(gate_id IN (${gate:singlequote}), $gate) AND $__conditionalAll(direction IN (${direction:singlequote}), $direction)
ORDER BY value
