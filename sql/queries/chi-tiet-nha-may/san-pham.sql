-- What the chosen plants made in the chosen time: quantity, value, and how much of the value.
SELECT toString(plant_id) AS "Nhà máy", toFloat64(sum(quantity)) AS "Lượng", toString(unit) AS "Đơn vị",
    sum(value_vnd) / 1e9 AS "Tỷ đồng", "Tỷ đồng" / nullIf(sum("Tỷ đồng") OVER (), 0) * 100 AS "Tỷ trọng"
FROM output_by_hour
WHERE $__timeFilter(window_start) AND $__conditionalAll(zone_id IN (${zone:singlequote}), $zone) AND $__conditionalAll(plant_id IN (${plant:singlequote}), $plant)
GROUP BY plant_id, product, unit
ORDER BY "Tỷ đồng" DESC, "Nhà máy"
LIMIT 12
