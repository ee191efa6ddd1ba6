-- The goods of most value in the chosen time: value, share, tonnes, dollars a tonne.
SELECT commodity AS "Mặt hàng", sum(value_usd_minor) / 1e8 AS "Triệu USD",
    "Triệu USD" / nullIf(sum("Triệu USD") OVER (), 0) * 100 AS "Tỷ trọng",
    toFloat64(sum(net_mass_kg)) / 1e6 AS "Nghìn tấn", sum(value_usd_minor) / 1e2 / nullIf(sum(net_mass_kg) / 1e3, 0) AS "USD/tấn"
FROM commodity_by_day
WHERE $__dateFilter(day) AND $__conditionalAll(gate_id IN (${gate:singlequote}), $gate) AND $__conditionalAll(direction IN (${direction:singlequote}), $direction) AND $__conditionalAll(regime IN (${regime:singlequote}), $regime)
GROUP BY commodity
ORDER BY "Triệu USD" DESC, "Mặt hàng"
LIMIT 12
