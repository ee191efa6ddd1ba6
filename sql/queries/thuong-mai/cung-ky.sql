-- Value since 1 January by the end of each day, this year's (the last point: by now) and last year's on the same dates.
WITH
    toDate(now('Asia/Ho_Chi_Minh')) AS today,
    sums AS
    (
        SELECT shown_day, sumIf(value, NOT is_last) AS this_year, sumIf(value, is_last) AS last_year
        FROM
        (
            SELECT day < toStartOfYear(today) AS is_last, if(is_last, addYears(day, 1), day) AS shown_day, value_usd_minor / 1e8 AS value
            FROM trade_by_day
            WHERE day >= addYears(toStartOfYear(today), -1) AND day <= today
        )
        GROUP BY shown_day
    )
SELECT toDateTime(shown_day + 1, 'Asia/Ho_Chi_Minh') - 1 AS time,
    if(shown_day > today, NULL, sum(this_year) OVER running) AS "Năm nay", sum(last_year) OVER running AS "Năm trước"
FROM sums
WINDOW running AS (ORDER BY shown_day ASC ROWS UNBOUNDED PRECEDING)
ORDER BY time
