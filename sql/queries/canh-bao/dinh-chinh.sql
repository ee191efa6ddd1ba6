-- What the province's published figures of the last days became, and why; the largest changes first.
WITH abs(difference) * 100 / nullIf(first_value, 0) AS change
SELECT formatDateTime(day, '%d/%m') AS "Ngày", toString(kpi) AS "Số liệu", toString(cause) AS "Vì sao",
    concat(if(change < 0.01, '< 0,01', concat(if(difference > 0, '+', '−'), replaceOne(printf('%.2f', change), '.', ','))), ' %') AS "Thay đổi",
    events AS "Sự kiện"
FROM restatements
WHERE scope = 'lao-cai' AND day > toDate(now('Asia/Ho_Chi_Minh')) - 7
ORDER BY change DESC, day DESC, kpi, cause
LIMIT 4
