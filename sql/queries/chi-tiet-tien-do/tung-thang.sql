-- Each month of this year and the same of last year; this month's up to yesterday on both sides.
WITH toDate(now('Asia/Ho_Chi_Minh')) AS today, addYears(toStartOfYear(toDate(now('Asia/Ho_Chi_Minh'))), -1) AS since
SELECT toMonth(day) AS "Tháng", sumIf(amount, year_of = toYear(today)) AS "Năm nay", sumIf(amount, year_of < toYear(today)) AS "Năm trước",
    "Năm nay" / nullIf("Năm trước", 0) * 100 AS "Cùng kỳ"
FROM
(
    SELECT day, toYear(day) AS year_of, amount
    FROM
    (
        SELECT day, value_usd_minor / 1e8 AS amount FROM trade_by_day
        WHERE 'trade_value' IN (${indicator:singlequote}) AND day >= since
        UNION ALL
        SELECT day, value_vnd / 1e9 FROM output_by_day
        WHERE 'industrial_output' IN (${indicator:singlequote}) AND day >= since
        UNION ALL
        SELECT day, revenue_vnd / 1e9 FROM revenue_by_day
        WHERE 'budget_revenue' IN (${indicator:singlequote}) AND day >= since
    )
    WHERE day < addYears(today, -1) OR (day >= toStartOfYear(today) AND day < today)
)
GROUP BY "Tháng"
ORDER BY "Tháng"
