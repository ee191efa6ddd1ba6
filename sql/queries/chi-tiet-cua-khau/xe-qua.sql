-- Vehicles that crossed, by gate; a step of a day or more is one of Hanoi's days.
SELECT if($__interval_s >= 86400, toStartOfDay(window_start, 'Asia/Ho_Chi_Minh'), $__timeInterval(window_start)) AS time, toString(gate_id) AS cua_khau, toInt64(sum(vehicles)) AS xe
FROM crossings_by_minute
WHERE $__timeFilter(window_start) AND $__conditionalAll(gate_id IN (${gate:singlequote}), $gate) AND $__conditionalAll(direction IN (${direction:singlequote}), $direction)
GROUP BY time, cua_khau
ORDER BY time, cua_khau
