-- Value, mass and lines of each gate and way in the chosen time.
SELECT toString(gate_id) AS "Cửa khẩu", toString(direction) AS "Chiều", sum(value_usd_minor) / 1e8 AS "Triệu USD",
    "Triệu USD" / nullIf(sum("Triệu USD") OVER (), 0) * 100 AS "Tỷ trọng", toFloat64(sum(net_mass_kg)) / 1e6 AS "Nghìn tấn"
FROM trade_by_day
WHERE $__dateFilter(day) AND $__conditionalAll(gate_id IN (${gate:singlequote}), $gate) AND $__conditionalAll(direction IN (${direction:singlequote}), $direction) AND $__conditionalAll(regime IN (${regime:singlequote}), $regime)
GROUP BY gate_id, direction
ORDER BY "Triệu USD" DESC, "Cửa khẩu", "Chiều"
