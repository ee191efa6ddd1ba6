-- Year to date of both targets, and how far it is from the seasonal plan at this moment.
SELECT
    anyIf(value, is_trade) AS "Xuất nhập khẩu từ đầu năm",
    anyIf(verdict, is_trade) AS "Xuất nhập khẩu so với kế hoạch theo mùa",
    anyIf(value, NOT is_trade) AS "Công nghiệp từ đầu năm",
    anyIf(verdict, NOT is_trade) AS "Công nghiệp so với kế hoạch theo mùa"
FROM
(
    SELECT indicator = 'trade_value' AS is_trade, actual_minor / if(is_trade, 1e11, 1e9) AS value,
        abs(actual_minor - planned_minor) AS difference,
        concat(
            multiIf(pace >= 1, '▲ Vượt ', pace >= 0.95, '▼ Hơi chậm ', '▼ Chậm '),
            replaceOne(toString(round(abs(pace - 1) * 100, 1)), '.', ','), ' % · ',
            if(is_trade,
                concat(replaceOne(toString(round(difference / 1e11, 2)), '.', ','), ' tỷ USD'),
                concat(trim(LEADING '.' FROM reverse(replaceRegexpAll(
                    reverse(toString(intDiv(difference, 1000000000))), '(\\d{3})', '\\1.'))), ' tỷ đồng'))) AS verdict
    FROM progress
    WHERE scope = 'lao-cai' AND indicator IN ('trade_value', 'industrial_output')
        AND year = toYear(now('Asia/Ho_Chi_Minh'))
)
