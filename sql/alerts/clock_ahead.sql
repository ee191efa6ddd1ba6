-- By how many seconds the clock of a source runs ahead of Kafka's, as the last half hour shows: events that came before
-- their own time, and those that came so long before that they were refused.
SELECT source AS scope, max(ahead) AS value, count() AS sample
FROM
(
    SELECT toString(source) AS source, dateDiff('millisecond', received_at, time) / 1000 AS ahead
    FROM events
    WHERE time > now64(3, 'UTC') - INTERVAL 30 MINUTE AND time > received_at
    UNION ALL
    SELECT JSONExtractString(payload, 'source'),
        dateDiff('millisecond', failed_at, parseDateTime64BestEffortOrZero(JSONExtractString(payload, 'time'), 3, 'UTC')) / 1000
    FROM dead_letters
    WHERE failed_at > now64(3, 'UTC') - INTERVAL 30 MINUTE AND reason = 'future_time'
)
GROUP BY source
