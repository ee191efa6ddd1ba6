-- The gates of the registry.
SELECT toString(gate_id) AS value
FROM gate_calendar
ORDER BY value
