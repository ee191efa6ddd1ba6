-- How each gate clears each way, the worst first; dwell counts those that wait, "≥" where it is at least that long.
WITH
    minutes -> if(minutes >= 60, concat(toString(intDiv(minutes, 60)), 'g ', leftPad(toString(minutes % 60), 2, '0')), concat(toString(minutes), ' ph')) AS span,
    (ms, reached) -> concat(if(reached, '', '≥ '), span(toInt64(round(ms / 60000)))) AS dwell
SELECT toString(gate_id) AS "Cửa khẩu", if(direction = 'outbound', '→ ra', '← vào') AS "Chiều", toString(verdict) AS "Đang thông?",
    vehicles AS "Xe chờ", if(vehicles = 0, NULL, span(intDiv(oldest_seconds, 60))) AS "Lâu nhất",
    if(vehicles = 0, NULL, ifNull(span(intDiv(drain_seconds, 60)), '?')) AS "Hết sau",
    crossed_1h AS "Qua 1 giờ",
    dwell(dwell_p50_ms, dwell_p50_reached) AS "Lưu p50", dwell(dwell_p90_ms, dwell_p90_reached) AS "p90"
FROM clearing_now
ORDER BY indexOf(['not_clearing', 'no_data', 'slow', 'clearing', 'idle', 'closed'], toString(verdict)), vehicles DESC, gate_id, direction DESC
