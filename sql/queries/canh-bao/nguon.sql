-- The sources by how long they are silent, judged by what each should send: a plant every 5 minutes, a gate's control room
-- every half hour of its hours. What others send depends on traffic (○). The worst first.
WITH 1000000000 AS forever
SELECT toString(place) AS "Nơi", system AS "Hệ thống",
    concat(
        multiIf(age_seconds > limit_s, '■ im lặng ', age_seconds * 3 > limit_s * 2, '◆ chậm ', limit_s = forever, '○ ', '● '),
        multiIf(age_seconds < 60, concat(toString(age_seconds), ' giây'), age_seconds < 3600, concat(toString(intDiv(age_seconds, 60)), ' phút'),
            age_seconds < 172800, concat(toString(intDiv(age_seconds, 3600)), ' giờ'), concat(toString(intDiv(age_seconds, 86400)), ' ngày'))) AS "Mới nhất"
FROM
(
    SELECT f.place AS place, f.system AS system, f.age_seconds AS age_seconds,
        multiIf(g.gate = '', 900, f.system = 'control-room' AND g.open_for > 5400, 5400, forever) AS limit_s
    FROM
    (
        SELECT splitByChar('/', toString(source)) AS parts, parts[4] AS place, parts[5] AS system, age_seconds
        FROM freshness
        WHERE startsWith(source, '/vn/laocai/') AND NOT endsWith(source, '/targets')
    ) AS f
    LEFT JOIN
    (
        SELECT toString(gate_id) AS gate,
            if(open_by_calendar, ifNull(dateDiff('second', next_opening - INTERVAL 1 DAY, now('UTC')), forever), 0) AS open_for
        FROM gate_calendar
    ) AS g ON g.gate = f.place
)
ORDER BY age_seconds > limit_s DESC, age_seconds * 3 > limit_s * 2 DESC, limit_s = forever, age_seconds / limit_s DESC, place, system
LIMIT 6
