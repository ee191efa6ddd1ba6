-- The alerts that are open, the gravest first; if there are none, a line that says so.
SELECT level AS "Mức", what AS "Cảnh báo", age AS "Đã"
FROM
(
    SELECT multiIf(phase != 'firing', '○ mất tín hiệu', severity = 'critical', '■ nghiêm trọng', severity = 'warning', '◆ cảnh báo', '● tin') AS level,
        concat(title_vi, ' · ', place, if(acknowledged_by = '', '', ' (đã nhận)')) AS what,
        multiIf(seconds < 3600, concat(toString(intDiv(seconds, 60)), ' phút'), seconds < 172800, concat(toString(intDiv(seconds, 3600)), ' giờ'),
            concat(toString(intDiv(seconds, 86400)), ' ngày')) AS age,
        transform(severity, ['critical', 'warning'], [1, 2], 3) AS grade, seconds AS since
    FROM alerts_now
    UNION ALL
    SELECT '● ổn', 'Không có cảnh báo nào đang mở', '', 9, 0
    FROM (SELECT count() AS open FROM alerts_now)
    WHERE open = 0
)
ORDER BY grade, since
LIMIT 5
