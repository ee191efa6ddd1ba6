-- Pace, projection, what each open day must bring, the date of the target, and last year, of both targets.
-- Most of its time is planning, a third of that merging expressions, which saves nothing here.
WITH
    (x, places) -> replaceOne(toString(round(x, places)), '.', ',') AS decimal,
    x -> trim(LEADING '.' FROM reverse(replaceRegexpAll(reverse(toString(intDiv(x, 1000000000))), '(\\d{3})', '\\1.'))) AS billions,
    x -> if(indicator = 'trade_value', decimal(x / 1e11, 2), billions(x)) AS money,
    x -> ifNull(concat(decimal(x, 1), ' %'), '—') AS percentage
SELECT
    if(indicator = 'trade_value', 'Xuất nhập khẩu, tỷ USD', 'Công nghiệp, tỷ đồng') AS "Đến giờ này",
    concat(percentage(pace * 100), ' · ', percentage(pace_straight * 100)) AS "Nhịp độ mùa* · thẳng",
    concat(money(projection), ifNull(concat(' (', money(projection_low), ' – ', money(projection_high), ')'), '')) AS "Dự báo cả năm*",
    if(indicator = 'trade_value', concat(decimal(needed_per_open_day / 1e8, 1), ' triệu'),
        decimal(needed_per_open_day / 1e9, 1)) AS "Cần mỗi ngày mở*",
    if(reached_on IS NULL AND projection IS NOT NULL, 'không trong năm', formatDateTime(reached_on, '%d/%m')) AS "Đạt mục tiêu*",
    concat(percentage(last_year_percent), ' · ', percentage(last_year_season_percent)) AS "So cùng kỳ* · theo Tết*"
FROM progress
WHERE scope = 'lao-cai' AND indicator IN ('trade_value', 'industrial_output')
    AND year = toYear(now('Asia/Ho_Chi_Minh'))
ORDER BY indicator = 'trade_value' DESC
SETTINGS query_plan_merge_expressions = 0
