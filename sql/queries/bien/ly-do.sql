-- The reasons for which records became dead letters in the last 30 days.
SELECT DISTINCT toString(reason) AS value
FROM dead_letters
WHERE failed_at > now64(3, 'UTC') - INTERVAL 30 DAY
ORDER BY value
