-- Times at which a gate was closed though it should have been open: begun in its hours, or longer than its night.
SELECT toString(t.gate_id) AS subject, t.started_at AS begins, t.ended_at AS ends, t.reason AS why
FROM gate_timeline AS t
INNER JOIN gate_calendar AS c ON c.gate_id = t.gate_id
WHERE t.state = 'closed' AND t.started_at <= $__toTime AND ifNull(t.ended_at, now64(3, 'UTC')) >= $__fromTime
    AND
    (
        (formatDateTime(t.started_at, '%H:%i', 'Asia/Ho_Chi_Minh') >= c.opens_at AND formatDateTime(t.started_at, '%H:%i', 'Asia/Ho_Chi_Minh') < c.closes_at)
        OR t.seconds > 86400 - c.open_seconds_a_day + 900
    )
ORDER BY begins, subject
