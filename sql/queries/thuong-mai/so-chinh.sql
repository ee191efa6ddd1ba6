-- Value of today, the month and the year, and the year against last year's on the same open days and season.
WITH
    toDate(now('Asia/Ho_Chi_Minh')) AS today,
    x -> concat(multiIf(x >= 100, '▲ ', x >= 95, '▼ hơi thấp ', '▼ '), replaceOne(printf('%.1f', x), '.', ','), ' %') AS compared,
    (SELECT (any(last_year_percent), any(last_year_season_percent)) FROM progress
        WHERE scope = 'lao-cai' AND indicator = 'trade_value' AND year = toYear(now('Asia/Ho_Chi_Minh'))) AS last_year
SELECT sumIf(value_usd_minor, day = today) / 1e8 AS "Hôm nay",
    sumIf(value_usd_minor, day >= toStartOfMonth(today)) / 1e8 AS "Tháng này",
    sum(value_usd_minor) / 1e8 AS "Từ đầu năm",
    compared(last_year.1) AS "So cùng kỳ năm trước*", compared(last_year.2) AS "So cùng kỳ, theo Tết*"
FROM trade_by_day
WHERE day >= toStartOfYear(today) AND day <= today
