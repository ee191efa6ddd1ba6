-- Percent of the yearly target reached by the end of each day so far, today by now, beside the plan in season and the straight line.
WITH
    toDate(now('Asia/Ho_Chi_Minh')) AS today,
    toStartOfYear(today) AS first_day,
    toUnixTimestamp(toDateTime(first_day, 'Asia/Ho_Chi_Minh')) AS opens,
    toUnixTimestamp(toDateTime(first_day + INTERVAL 1 YEAR, 'Asia/Ho_Chi_Minh')) AS closes,
    (
        SELECT (sum(target_minor), sum(planned_minor))
        FROM progress
        WHERE scope = 'lao-cai' AND year = toYear(now('Asia/Ho_Chi_Minh')) AND indicator IN (${indicator:singlequote})
    ) AS goal
SELECT least(toDateTime(p.day + 1, 'Asia/Ho_Chi_Minh'), now('Asia/Ho_Chi_Minh')) AS time,
    sum(d.amount) OVER (ORDER BY p.day ASC ROWS UNBOUNDED PRECEDING) / nullIf(goal.1, 0) * 100 AS "Đã đạt",
    if(p.day = today, goal.2 / nullIf(goal.1, 0) * 100, p.planned_percent) AS "Kế hoạch theo mùa*",
    if(p.day = today, (toUnixTimestamp(now()) - opens) / (closes - opens) * 100, p.straight_percent) AS "Đường thẳng"
FROM
(
    SELECT day, planned_percent, straight_percent
    FROM plan_by_day
    WHERE indicator IN (${indicator:singlequote}) AND day >= first_day AND day <= today
) AS p
LEFT JOIN
(
    SELECT day, sum(amount) AS amount
    FROM
    (
        SELECT day, value_usd_minor AS amount FROM trade_by_day
        WHERE 'trade_value' IN (${indicator:singlequote}) AND day >= first_day AND day <= today
        UNION ALL
        SELECT day, value_vnd FROM output_by_day
        WHERE 'industrial_output' IN (${indicator:singlequote}) AND day >= first_day AND day <= today
        UNION ALL
        SELECT day, revenue_vnd FROM revenue_by_day
        WHERE 'budget_revenue' IN (${indicator:singlequote}) AND day >= first_day AND day <= today
    )
    GROUP BY day
) AS d ON d.day = p.day
ORDER BY time
