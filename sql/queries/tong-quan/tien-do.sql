-- This year's progress to both targets of the province: the name carries the target, the value is percent.
SELECT
    concat(
        if(indicator = 'trade_value', 'Xuất nhập khẩu', 'Công nghiệp'),
        ' · mục tiêu ',
        if(qualifier = 'gte', 'trên ', ''),
        if(indicator = 'trade_value',
            concat(replaceOne(toString(target_minor / 1e11), '.', ','), ' tỷ USD'),
            concat(trim(LEADING '.' FROM reverse(replaceRegexpAll(
                reverse(toString(intDiv(target_minor, 1000000000))), '(\\d{3})', '\\1.'))), ' tỷ đồng')),
        if(carried, ' (năm trước)', '')) AS muc_tieu,
    percent AS phan_tram
FROM progress
WHERE scope = 'lao-cai' AND indicator IN ('trade_value', 'industrial_output')
    AND year = toYear(now('Asia/Ho_Chi_Minh'))
ORDER BY indicator = 'trade_value' DESC
