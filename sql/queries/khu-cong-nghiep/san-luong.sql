-- What each zone made in each whole hour.
SELECT window_start AS time, toString(zone_id) AS khu, toFloat64(sum(value_vnd)) / 1e9 AS gia_tri
FROM output_by_hour
WHERE $__timeFilter(window_start) AND window_start < toStartOfHour(now('UTC'))
GROUP BY time, khu
ORDER BY time, khu
