-- Records that broke the contract and facts that contradict each other, by kind: a day, a week, and what is still open,
-- however old; kinds without room are summed up in the last line.
SELECT if(is_rest, concat('… còn ', toString(count()), ' loại'), any(ly_do)) AS "Lý do", sum(of_day) AS "24 giờ", sum(of_week) AS "7 ngày",
    concat(if(sum(open) > 0, '◆ ', '● '), toString(sum(open))) AS "Chưa xử lý", formatDateTime(max(newest), '%d/%m %H:%i', 'Asia/Ho_Chi_Minh') AS "Mới nhất"
FROM
(
    SELECT *, row_number() OVER (ORDER BY open DESC, of_week DESC, ly_do) AS place, count() OVER () > 4 AND place > 3 AS is_rest
    FROM
    (
        SELECT ly_do, countIf(at > now64(3, 'UTC') - INTERVAL 1 DAY) AS of_day, countIf(at > now64(3, 'UTC') - INTERVAL 7 DAY) AS of_week,
            sum(is_open) AS open, max(at) AS newest
        FROM
        (
            SELECT toString(reason) AS ly_do, failed_at AS at, status IN ('dead', 'parked') AS is_open
            FROM dead_letters
            WHERE failed_at > now64(3, 'UTC') - INTERVAL 7 DAY OR status IN ('dead', 'parked')
            UNION ALL
            SELECT toString(kind), at, true
            FROM findings
            WHERE at > now64(3, 'UTC') - INTERVAL 7 DAY
        )
        GROUP BY ly_do
    )
)
GROUP BY if(is_rest, 4, place) AS line, is_rest
ORDER BY line
