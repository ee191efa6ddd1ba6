-- Stops of lines this year, priced: first what those that nobody planned took from the province, then those that go on (■),
-- those that are followed by silence (◆), and the dearest that are over (○).
WITH hours -> if(hours >= 48, concat(toString(intDiv(hours, 24)), ' ngày'), concat(toString(hours), ' giờ')) AS span
SELECT toString(plant_id) AS "Nhà máy",
    if(plant_id = '', concat(multiIf(countIf(ongoing AND NOT planned) > 0, '■ ', countIf(is_open AND NOT planned) > 0, '◆ ', '● '), toString(countIf(is_open AND NOT planned)), ' dừng'),
        concat(multiIf(any(ongoing), '■ ', any(is_open), '◆ ', '○ '), span(intDiv(any(seconds), 3600)))) AS "Dừng",
    multiIf(plant_id = '', '', any(is_open AND NOT ongoing), 'dừng rồi im lặng', any(toString(stop_reason))) AS "Lý do",
    if(plant_id = '', '01/01', formatDateTime(min(started_at), '%d/%m', 'Asia/Ho_Chi_Minh')) AS "Từ",
    sumIf(lost_year_vnd, plant_id != '' OR NOT planned) / 1e9 AS "Mất, tỷ", sumIf(lost_points, plant_id != '' OR NOT planned) AS "Điểm"
FROM (SELECT toString(plant_id) AS plant_id, line_id, started_at, ongoing, ended_at IS NULL AS is_open, seconds, stop_reason, planned, lost_year_vnd, lost_points
    FROM stops WHERE year = toYear(now('Asia/Ho_Chi_Minh')))
GROUP BY GROUPING SETS ((plant_id, line_id, started_at), ())
ORDER BY plant_id = '' DESC, any(ongoing) DESC, any(is_open) DESC, "Mất, tỷ" DESC, plant_id
LIMIT 8
