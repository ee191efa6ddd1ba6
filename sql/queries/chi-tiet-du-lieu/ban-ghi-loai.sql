-- The newest dead letters of the chosen topics and reasons; ◆ waits for a decision.
SELECT formatDateTime(failed_at, '%d/%m %H:%i:%S', 'Asia/Ho_Chi_Minh') AS "Lúc", toString(topic) AS "Chủ đề",
    concat(toString(partition), '/', toString(offset)) AS "Chỗ trong Kafka", toString(reason) AS "Lý do",
    concat(if(status IN ('dead', 'parked'), '◆ ', '● '), transform(toString(status), ['dead', 'parked', 'redriven', 'dropped'], ['chờ xử lý', 'để riêng', 'đã gửi lại', 'đã bỏ'], toString(status))) AS "Xử lý"
FROM dead_letters
WHERE $__timeFilter(failed_at) AND $__conditionalAll(topic IN (${topic:singlequote}), $topic) AND $__conditionalAll(reason IN (${reason:singlequote}), $reason)
ORDER BY failed_at DESC, topic, partition, offset
LIMIT 20
