-- What each zone made: a day, the month, the year, and its part of the province's year.
SELECT toString(zone_id) AS "Khu", toFloat64(sumIf(value_vnd, span = '24h')) / 1e9 AS "24 giờ",
    toFloat64(sumIf(value_vnd, span = 'mtd')) / 1e9 AS "Tháng này", toFloat64(sumIf(value_vnd, span = 'ytd')) / 1e9 AS "Từ đầu năm",
    "Từ đầu năm" / nullIf(sum("Từ đầu năm") OVER (), 0) * 100 AS "% toàn tỉnh"
FROM output_rolling
WHERE span IN ('24h', 'mtd', 'ytd')
GROUP BY zone_id
ORDER BY "Từ đầu năm" DESC, "Khu"
