-- The alerts that are open, the gravest first (if there are none, a line that says so), and what was over last in a day.
WITH
    s -> multiIf(s < 3600, concat(toString(intDiv(s, 60)), ' phút'), s < 172800, concat(toString(intDiv(s, 3600)), ' giờ'),
        concat(toString(intDiv(s, 86400)), ' ngày')) AS words
SELECT level AS "Mức", what AS "Cảnh báo", age AS "Đã"
FROM
(
    SELECT multiIf(phase != 'firing', '○ mất tín hiệu', severity = 'critical', '■ nghiêm trọng', severity = 'warning', '◆ cảnh báo', '● tin') AS level,
        concat(title_vi, ' · ', place, if(acknowledged_by = '', '', ' (đã nhận)')) AS what, words(seconds) AS age,
        transform(severity, ['critical', 'warning'], [1, 2], 3) AS grade, seconds AS since
    FROM alerts_now
    ORDER BY grade, since
    LIMIT 5
    UNION ALL
    SELECT '● ổn', 'Không có cảnh báo nào đang mở', '', 8, 0
    FROM (SELECT count() AS open FROM alerts_now)
    WHERE open = 0
    UNION ALL
    SELECT transform(toString(ending), ['corrected', 'changed'], ['○ đính chính', '○ đã đổi'], '○ đã hết'),
        if(limit_value IS NULL, text_vi, concat(title_vi, ' · ', place)),
        concat('lúc ', formatDateTime(assumeNotNull(ended_at), '%H:%i', 'Asia/Ho_Chi_Minh')), 9,
        dateDiff('second', assumeNotNull(ended_at), now64(3, 'UTC')) AS ago
    FROM alerts_recent
    WHERE ended_at > now64(3, 'UTC') - INTERVAL 1 DAY AND NOT silent
    ORDER BY ago
    LIMIT 5
)
ORDER BY grade, since
LIMIT 6
