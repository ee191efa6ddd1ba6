-- From the moment that an event tells to the moment when it was on Kafka: half of the records, and 99 in 100; where
-- nothing came the lines break.
SELECT $__timeInterval(received_at) AS time,
    toNullable(quantile(0.5)(dateDiff('millisecond', events.time, received_at)) / 1000) AS "Một nửa (p50)",
    toNullable(quantile(0.99)(dateDiff('millisecond', events.time, received_at)) / 1000) AS "99 trên 100 (p99)"
FROM events
WHERE events.time > $__fromTime - INTERVAL 1 DAY AND $__timeFilter(received_at)
GROUP BY time
ORDER BY time WITH FILL STEP toIntervalSecond($__interval_s)
