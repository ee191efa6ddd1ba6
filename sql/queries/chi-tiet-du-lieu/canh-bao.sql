-- The alerts of the chosen time, open or over, the newest first; if there were none, a line that says so.
WITH
    s -> multiIf(s < 3600, concat(toString(intDiv(s, 60)), ' phút'), s < 172800, concat(toString(intDiv(s, 3600)), ' giờ'),
        concat(toString(intDiv(s, 86400)), ' ngày')) AS words
SELECT at AS "Lúc", level AS "Mức", what AS "Cảnh báo", how AS "Kết thúc", lasted AS "Kéo dài", heard AS "Người nhận"
FROM
(
    SELECT formatDateTime(fired_at, '%d/%m %H:%i', 'Asia/Ho_Chi_Minh') AS at,
        multiIf(severity = 'critical', '■ nghiêm trọng', severity = 'warning', '◆ cảnh báo', '● tin') AS level,
        concat(title_vi, ' · ', text_vi) AS what,
        multiIf(ended_at IS NULL, '◆ đang mở', ending = 'corrected', '○ đính chính', ending = 'changed', '○ đã đổi', '○ đã hết') AS how,
        if(ending IN ('corrected', 'changed') AND limit_value IS NULL, '', words(seconds)) AS lasted,
        if(silent, 'im lặng', toString(told)) AS heard, fired_at AS newest, alert_id AS id
    FROM alerts_recent
    WHERE fired_at <= $__toTime AND ifNull(ended_at, now64(3, 'UTC')) >= $__fromTime
    ORDER BY newest DESC, id
    LIMIT 12
    UNION ALL
    SELECT '', '● ổn', 'Không có cảnh báo nào', '', '', '', toDateTime64(0, 3, 'UTC'), ''
    FROM (SELECT count() AS fired FROM alerts_recent WHERE fired_at <= $__toTime AND ifNull(ended_at, now64(3, 'UTC')) >= $__fromTime)
    WHERE fired = 0
)
ORDER BY newest DESC, id
