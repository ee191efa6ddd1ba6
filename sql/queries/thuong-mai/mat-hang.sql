-- The goods of most value this year: value, share, tonnes, and percent of last year's up to yesterday.
WITH toDate(now('Asia/Ho_Chi_Minh')) AS today
SELECT commodity AS "Mặt hàng", multiIf(uniq(direction) > 1, '↔', any(direction) = 'outbound', '→ ra', '← vào') AS "Chiều",
    sumIf(value_usd_minor, day >= toStartOfYear(today)) / 1e8 AS "Triệu USD", "Triệu USD" / nullIf(sum("Triệu USD") OVER (), 0) * 100 AS "Tỷ trọng",
    toFloat64(sumIf(net_mass_kg, day >= toStartOfYear(today))) / 1e6 AS "Nghìn tấn",
    sumIf(value_usd_minor, day >= toStartOfYear(today) AND day < today) / nullIf(sumIf(value_usd_minor, day < addYears(today, -1)), 0) * 100 AS "Cùng kỳ"
FROM commodity_by_day
WHERE day >= addYears(toStartOfYear(today), -1) AND day <= today
GROUP BY commodity
ORDER BY "Triệu USD" DESC, "Mặt hàng"
LIMIT 8
