-- What the chosen plants made, by zone; a step of a day or more is one of Hanoi's days.
SELECT if($__interval_s >= 86400, toStartOfDay(window_start, 'Asia/Ho_Chi_Minh'), $__timeInterval(window_start)) AS time, toString(zone_id) AS khu, toFloat64(sum(value_vnd)) / 1e9 AS gia_tri
FROM output_by_hour
WHERE $__timeFilter(window_start) AND window_start < toStartOfHour(now('UTC')) AND $__conditionalAll(zone_id IN (${zone:singlequote}), $zone) AND $__conditionalAll(plant_id IN (${plant:singlequote}), $plant)
GROUP BY time, khu
ORDER BY time, khu
