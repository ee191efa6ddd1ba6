-- Stops of the chosen plants that were going on in the chosen time; ■ still stopped, ◆ stopped and then silent, ○ over. The
-- dearest first.
WITH hours -> if(hours >= 48, concat(toString(intDiv(hours, 24)), ' ngày'), concat(toString(hours), ' giờ')) AS span
SELECT DISTINCT toString(plant_id) AS "Nhà máy", toString(line_id) AS "Dây chuyền",
    concat(multiIf(ongoing, '■ ', ended_at IS NULL, '◆ dừng rồi im lặng ', '○ '), span(intDiv(seconds, 3600))) AS "Dừng", toString(stop_reason) AS "Lý do",
    formatDateTime(started_at, '%d/%m %H:%i', 'Asia/Ho_Chi_Minh') AS "Từ", lost_vnd / 1e9 AS "Mất, tỷ"
FROM stops
WHERE started_at <= $__toTime AND (ended_at IS NULL OR ended_at > $__fromTime) AND $__conditionalAll(zone_id IN (${zone:singlequote}), $zone) AND $__conditionalAll(plant_id IN (${plant:singlequote}), $plant)
ORDER BY ongoing DESC, ended_at IS NULL DESC, "Mất, tỷ" DESC, "Nhà máy", "Dây chuyền", started_at
LIMIT 10
