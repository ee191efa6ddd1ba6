-- Times at which a gate was closed though it should have been open: begun in its hours, or longer than its night.
SELECT toString(t.gate_id) AS subject, t.started_at AS begins, t.ended_at AS ends, t.reason AS why
FROM gate_timeline AS t
INNER JOIN gate_calendar AS c ON c.gate_id = t.gate_id
WHERE t.state = 'closed' AND t.started_at <= $__toTime AND ifNull(t.ended_at, now64(3, 'UTC')) >= $__fromTime
    AND
    (
        positiveModulo(kpi_local_seconds(t.started_at) - kpi_clock_seconds(c.opens_at), 86400) < c.open_seconds_a_day
        OR t.seconds > 86400 - c.open_seconds_a_day + 900
    )
ORDER BY begins, subject
