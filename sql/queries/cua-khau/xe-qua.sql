-- Vehicles that crossed in each whole hour of the last day.
WITH toStartOfHour(now('UTC')) AS this_hour
SELECT toStartOfHour(window_start) AS time, toInt64(sum(vehicles)) AS "Xe qua trong giờ trọn vừa rồi"
FROM crossings_by_minute
WHERE window_start >= this_hour - INTERVAL 1 DAY AND window_start < this_hour
GROUP BY time
ORDER BY time WITH FILL FROM this_hour - INTERVAL 1 DAY TO this_hour STEP INTERVAL 1 HOUR
