-- Every source, by its place and its system, and when it last spoke; the most silent first.
SELECT splitByChar('/', toString(source))[4] AS "Nơi", splitByChar('/', toString(source))[5] AS "Hệ thống",
    formatDateTime(last_event_time, '%d/%m %H:%i:%S', 'Asia/Ho_Chi_Minh') AS "Sự kiện mới nhất", age_seconds AS "Tuổi"
FROM freshness
WHERE startsWith(source, '/vn/laocai/') AND NOT endsWith(source, '/targets')
ORDER BY age_seconds DESC, source
LIMIT 20
