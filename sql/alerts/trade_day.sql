-- What crossed yesterday, in million dollars, beside the median day of the 28 days before and the same weekday before.
SELECT 'lao-cai' AS scope, value, toInt64(days) AS sample, median_28d, last_week, toString(yesterday) AS window
FROM
(
    SELECT toDate(now('Asia/Ho_Chi_Minh')) - 1 AS yesterday, sumIf(usd, day = yesterday) / 1e8 AS value,
        medianExactIf(usd, day < yesterday) / 1e8 AS median_28d, sumIf(usd, day = yesterday - 7) / 1e8 AS last_week,
        countIf(day < yesterday) AS days
    FROM
    (
        SELECT day, sum(value_usd_minor) AS usd
        FROM trade_by_day
        WHERE day >= toDate(now('Asia/Ho_Chi_Minh')) - 29 AND day < toDate(now('Asia/Ho_Chi_Minh'))
        GROUP BY day
    )
)
