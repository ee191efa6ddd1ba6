-- Stops of lines that nobody planned; silence ends none.
SELECT DISTINCT concat(plant_id, '/', line_id) AS subject, started_at AS begins, ended_at AS ends, toString(stop_reason) AS why
FROM stops
WHERE NOT planned AND started_at <= $__toTime AND (ended_at IS NULL OR ended_at >= $__fromTime)
ORDER BY begins, subject
