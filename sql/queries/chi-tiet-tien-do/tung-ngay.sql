-- What each day of the chosen time brought: million dollars, or billion dong.
SELECT toDateTime(day, 'Asia/Ho_Chi_Minh') AS time, sum(amount) AS "Mỗi ngày"
FROM
(
    SELECT day, value_usd_minor / 1e8 AS amount FROM trade_by_day
    WHERE 'trade_value' IN (${indicator:singlequote}) AND $__dateFilter(day)
    UNION ALL
    SELECT day, value_vnd / 1e9 FROM output_by_day
    WHERE 'industrial_output' IN (${indicator:singlequote}) AND $__dateFilter(day)
    UNION ALL
    SELECT day, revenue_vnd / 1e9 FROM revenue_by_day
    WHERE 'budget_revenue' IN (${indicator:singlequote}) AND $__dateFilter(day)
)
GROUP BY time
ORDER BY time
