-- For anybody: how each gate stands, its hours, who waits each way, and how long nine in ten vehicles stay; of fewer than
-- five vehicles nothing is said.
WITH
    minutes -> if(minutes >= 60, concat(toString(intDiv(minutes, 60)), ' giờ ', toString(minutes % 60), ' phút'), concat(toString(minutes), ' phút')) AS span,
    (ms, reached) -> concat(if(reached, '', '≥ '), span(toInt64(round(ms / 60000)))) AS dwell
SELECT toString(c.gate_id) AS "Cửa khẩu",
    toUInt8(indexOf(['no_data', 'closed', 'restricted', 'open'], if(any(c.verdict) = 'no_data', 'no_data', any(c.state)))) AS "Trạng thái",
    concat(any(h.opens_at), ' – ', any(h.closes_at), if(any(h.assumption), '*', '')) AS "Giờ làm việc",
    sumIf(c.vehicles, c.direction = 'outbound') AS "Xe chờ ra", sumIf(c.vehicles, c.direction = 'inbound') AS "Xe chờ vào",
    anyIf(if(c.finished + c.vehicles < 5, NULL, dwell(c.dwell_p90_ms, c.dwell_p90_reached)), c.direction = 'outbound') AS "Ra: 9/10 xe xong trong",
    anyIf(if(c.finished + c.vehicles < 5, NULL, dwell(c.dwell_p90_ms, c.dwell_p90_reached)), c.direction = 'inbound') AS "Vào: 9/10 xe xong trong"
FROM clearing_now AS c
LEFT JOIN gate_calendar AS h ON h.gate_id = c.gate_id
GROUP BY c.gate_id
ORDER BY sum(c.vehicles) DESC, c.gate_id
