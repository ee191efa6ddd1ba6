-- Records taken in each minute, by topic.
SELECT $__timeInterval(received_at) AS time, toString(topic) AS chu_de, count() AS so_ban_ghi
FROM events
WHERE time > $__fromTime - INTERVAL 1 DAY AND $__timeFilter(received_at)
GROUP BY time, chu_de
ORDER BY time, chu_de
