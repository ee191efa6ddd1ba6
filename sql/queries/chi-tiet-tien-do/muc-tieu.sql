-- Every target in money of this year: reached, pace and projection. ● on plan, ◆ under it, ■ under 95 % of it.
WITH
    x -> replaceOne(printf('%.2f', x), '.', ',') AS decimal,
    (minor, currency) -> if(currency = 'USD', concat(decimal(minor / 1e11), ' tỷ USD'), concat(decimal(minor / 1e12), ' nghìn tỷ đồng')) AS money
SELECT toString(indicator) AS "Chỉ tiêu", toString(scope) AS "Phạm vi", money(target_minor, currency) AS "Mục tiêu",
    money(actual_minor, currency) AS "Đã đạt", percent AS "% mục tiêu",
    concat(multiIf(pace >= 1, '● ', pace >= 0.95, '◆ ', '■ '), decimal(pace * 100), ' %') AS "Nhịp độ*",
    money(projection, currency) AS "Dự báo*", formatDateTime(reached_on, '%d/%m/%Y') AS "Đạt vào*"
FROM progress
WHERE year = toYear(now('Asia/Ho_Chi_Minh')) AND currency != ''
ORDER BY scope != 'lao-cai', indicator DESC, scope
