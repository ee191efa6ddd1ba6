-- Every source, by its place and its system, and when it last spoke; the most silent first. ◆ from 15 minutes on,
-- ■ from 90.
SELECT splitByChar('/', toString(source))[4] AS "Nơi", splitByChar('/', toString(source))[5] AS "Hệ thống",
    formatDateTime(last_event_time, '%d/%m %H:%i:%S', 'Asia/Ho_Chi_Minh') AS "Sự kiện mới nhất", concat(multiIf(age_seconds >= 5400, '■ ', age_seconds >= 900, '◆ ', '● '),
        multiIf(age_seconds < 60, concat(toString(age_seconds), ' giây'), age_seconds < 3600, concat(toString(intDiv(age_seconds, 60)), ' phút'),
            age_seconds < 172800, concat(toString(intDiv(age_seconds, 3600)), ' giờ'), concat(toString(intDiv(age_seconds, 86400)), ' ngày'))) AS "Tuổi"
FROM freshness
WHERE startsWith(source, '/vn/laocai/') AND NOT endsWith(source, '/targets')
ORDER BY age_seconds DESC, source
LIMIT 20
