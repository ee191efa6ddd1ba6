-- The alerts that are open, the gravest first, those without room counted in the last line. Before them, that nobody looks
-- at the rules, if nobody has for 3 minutes; if somebody does and none is open, a line that says so.
WITH
    seconds -> multiIf(seconds < 3600, concat(toString(intDiv(seconds, 60)), ' phút'), seconds < 172800, concat(toString(intDiv(seconds, 3600)), ' giờ'),
        concat(toString(intDiv(seconds, 86400)), ' ngày')) AS age,
    (SELECT maxOrNull(evaluated_at) FROM alert_pulse) AS evaluated_at,
    ifNull(evaluated_at < now64(3, 'UTC') - INTERVAL 3 MINUTE, true) AS is_blind
SELECT if(is_rest, '…', any(level)) AS "Mức",
    if(is_rest, concat('còn ', toString(count()), ' cảnh báo, ', toString(countIf(grade = 1)), ' nghiêm trọng'), any(what)) AS "Cảnh báo",
    if(is_rest, '', any(lasting)) AS "Đã"
FROM
(
    SELECT *, row_number() OVER (ORDER BY grade, since) AS place, count() OVER () > 5 AND place > 4 AS is_rest
    FROM
    (
        SELECT multiIf(phase != 'firing', '○ mất tín hiệu', severity = 'critical', '■ nghiêm trọng', severity = 'warning', '◆ cảnh báo', '● tin') AS level,
            concat(title_vi, ' · ', place, if(acknowledged_by = '', '', ' (đã nhận)')) AS what, age(seconds) AS lasting,
            transform(severity, ['critical', 'warning'], [1, 2], 3) AS grade, seconds AS since
        FROM alerts_now
        UNION ALL
        SELECT '○ không rõ', if(evaluated_at IS NULL, 'Chưa ai đánh giá lần nào', concat('Chưa ai đánh giá từ ', formatDateTime(assumeNotNull(evaluated_at), '%H:%i', 'Asia/Ho_Chi_Minh'))),
            if(evaluated_at IS NULL, '', age(dateDiff('second', assumeNotNull(evaluated_at), now64(3, 'UTC')))), 0, 0
        WHERE is_blind
        UNION ALL
        SELECT '● ổn', 'Không có cảnh báo nào đang mở', '', 9, 0
        FROM (SELECT count() AS open FROM alerts_now)
        WHERE open = 0 AND NOT is_blind
    )
)
GROUP BY if(is_rest, 5, place) AS line, is_rest
ORDER BY line
