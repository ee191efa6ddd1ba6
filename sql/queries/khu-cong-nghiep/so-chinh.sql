-- How many plants run, and what was made in the last 24 whole hours against the 24 before.
WITH
    (SELECT (countIf(status = 'producing'), countIf(status = 'stopped'), countIf(status IN ('silent', 'never_reported')), count()) FROM plants_now) AS plants,
    (SELECT (sumIf(value_vnd, age < 24), sumIf(value_vnd, age >= 24)) FROM
        (
            SELECT value_vnd, dateDiff('hour', window_start, toStartOfHour(now('UTC'))) - 1 AS age
            FROM output_by_hour
            WHERE window_start >= toStartOfHour(now('UTC')) - INTERVAL 2 DAY AND window_start < toStartOfHour(now('UTC'))
        )) AS made
SELECT
    concat(toString(plants.1), '/', toString(plants.4)) AS "Nhà máy đang chạy",
    concat(multiIf(plants.3 > 0, '■ ', plants.2 > 0, '◆ ', '● '), toString(plants.2), ' · ', toString(plants.3)) AS "Đang dừng · im lặng",
    concat(replaceOne(printf('%.1f', made.1 / 1e9), '.', ','), ' tỷ đồng') AS "Sản xuất 24 giờ trọn",
    concat(multiIf(change >= -2, '● ', change >= -10, '◆ ', '■ '), if(change >= 0, '+', '−'), replaceOne(toString(abs(change)), '.', ','), ' %') AS "So 24 giờ trước đó"
FROM (SELECT round((made.1 / nullIf(made.2, 0) - 1) * 100, 1) AS change)
