-- Records that broke the contract and facts that contradict each other, by kind: a day, a week, and what is still open.
SELECT ly_do AS "Lý do", countIf(at > now64(3, 'UTC') - INTERVAL 1 DAY) AS "24 giờ", count() AS "7 ngày",
    concat(if(sum(is_open) > 0, '◆ ', '● '), toString(sum(is_open))) AS "Chưa xử lý", formatDateTime(max(at), '%d/%m %H:%i', 'Asia/Ho_Chi_Minh') AS "Mới nhất"
FROM
(
    SELECT toString(reason) AS ly_do, failed_at AS at, status IN ('dead', 'parked') AS is_open
    FROM dead_letters
    WHERE failed_at > now64(3, 'UTC') - INTERVAL 7 DAY
    UNION ALL
    SELECT toString(kind), at, true
    FROM findings
    WHERE at > now64(3, 'UTC') - INTERVAL 7 DAY
)
GROUP BY ly_do
ORDER BY sum(is_open) DESC, "7 ngày" DESC, ly_do
LIMIT 4
