-- The alerts that are open, the gravest first, those without room counted in a line; before them, that nobody looks at the
-- rules, if nobody has for 3 minutes; if somebody does and none is open, a line that says so. Then what was over last in a day.
WITH
    s -> multiIf(s < 3600, concat(toString(intDiv(s, 60)), ' phút'), s < 172800, concat(toString(intDiv(s, 3600)), ' giờ'),
        concat(toString(intDiv(s, 86400)), ' ngày')) AS words,
    (SELECT maxOrNull(evaluated_at) FROM alert_pulse) AS evaluated_at,
    ifNull(evaluated_at < now64(3, 'UTC') - INTERVAL 3 MINUTE, true) AS is_blind
SELECT level AS "Mức", what AS "Cảnh báo", age AS "Đã"
FROM
(
    SELECT if(is_rest, '…', any(level)) AS level,
        if(is_rest, concat('còn ', toString(count()), ' cảnh báo, ', toString(countIf(grade = 1)), ' nghiêm trọng'), any(what)) AS what,
        if(is_rest, '', any(age)) AS age, if(is_rest, 5, any(place)) AS line, toInt64(0) AS since
    FROM
    (
        SELECT *, row_number() OVER (ORDER BY grade, since) AS place, count() OVER () > 5 AND place > 4 AS is_rest
        FROM
        (
            SELECT multiIf(phase != 'firing', '○ mất tín hiệu', severity = 'critical', '■ nghiêm trọng', severity = 'warning', '◆ cảnh báo', '● tin') AS level,
                concat(title_vi, ' · ', place, if(acknowledged_by = '', '', ' (đã nhận)')) AS what, words(seconds) AS age,
                transform(severity, ['critical', 'warning'], [1, 2], 3) AS grade, seconds AS since
            FROM alerts_now
            UNION ALL
            SELECT '○ không rõ', if(evaluated_at IS NULL, 'Chưa ai đánh giá lần nào', concat('Chưa ai đánh giá từ ', formatDateTime(assumeNotNull(evaluated_at), '%H:%i', 'Asia/Ho_Chi_Minh'))),
                if(evaluated_at IS NULL, '', words(dateDiff('second', assumeNotNull(evaluated_at), now64(3, 'UTC')))), 0, 0
            WHERE is_blind
            UNION ALL
            SELECT '● ổn', 'Không có cảnh báo nào đang mở', '', 8, 0
            FROM (SELECT count() AS open FROM alerts_now)
            WHERE open = 0 AND NOT is_blind
        )
    )
    GROUP BY is_rest, if(is_rest, 5, place)
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
ORDER BY line, since
LIMIT 6
