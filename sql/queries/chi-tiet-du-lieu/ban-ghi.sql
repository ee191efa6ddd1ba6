-- Records taken, by topic, as chosen; days are Hanoi's.
SELECT if($__interval_s >= 86400, toStartOfDay(received_at, 'Asia/Ho_Chi_Minh'), $__timeInterval(received_at)) AS time, toString(topic) AS chu_de, count() AS so_ban_ghi
FROM events
WHERE time > $__fromTime - INTERVAL 1 DAY AND $__timeFilter(received_at) AND $__conditionalAll(topic IN (${topic:singlequote}), $topic)
GROUP BY time, chu_de
ORDER BY time, chu_de
