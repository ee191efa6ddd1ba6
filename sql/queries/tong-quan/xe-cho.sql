-- Vehicles that arrived and neither crossed nor turned back (last 72 hours), with the age of the oldest; older ones are named apart, where there
-- is room. ◆ many, ■ very many.
SELECT
    if(g.gate_id = '', w.gate_id, g.gate_id) AS cua_khau,
    concat(if(w.vehicles = 0, '', concat(
        '· ', multiIf(w.vehicles >= 500, '■ ', w.vehicles >= 300, '◆ ', ''), if(w.oldest >= 3600, concat(toString(intDiv(w.oldest, 3600)), ' giờ ', leftPad(toString(intDiv(w.oldest % 3600, 60)), 2, '0')),
            concat(toString(intDiv(w.oldest, 60)), ' phút')),
        if(w.over_2h > 0, concat(' · ', toString(w.over_2h), ' xe > 2 giờ'), ''))),
        if(w.stale > 0 AND w.over_2h = 0, concat(if(w.vehicles = 0, '· ', ' · '), toString(w.stale), ' > 72 giờ'), '')) AS lau_nhat,
    w.vehicles AS so_xe
FROM (SELECT DISTINCT gate_id FROM trade_by_day WHERE day >= toStartOfYear(now('Asia/Ho_Chi_Minh'))) AS g
FULL JOIN
(
    SELECT gate_id, sum(vehicles) AS vehicles, max(oldest_seconds) AS oldest, sum(over_2h) AS over_2h,
        sum(stale) AS stale
    FROM waiting_now
    GROUP BY gate_id
) AS w ON w.gate_id = g.gate_id
ORDER BY so_xe DESC, cua_khau
