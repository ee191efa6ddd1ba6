-- The sources by how long they are silent, judged by what each should send: a plant every 5 minutes, a gate's control room
-- every half hour of its hours, until it says that the gate is closed. What others send depends on traffic (○), and who never
-- spoke when it happened is not expected to. The worst first, those without room counted.
WITH
    1000000000 AS forever,
    live AS
    (
        SELECT DISTINCT toString(source) FROM events
        WHERE (time > now64(3, 'UTC') - INTERVAL 31 DAY OR type = 'vn.laocai.kpi.gate.state.v1')
            AND (late OR received_at <= time + INTERVAL 15 MINUTE)
    )
SELECT if(is_rest, concat('… còn ', toString(count()), ' nguồn'), any(place)) AS "Nơi", if(is_rest, '', any(system)) AS "Hệ thống",
    if(is_rest, concat(if(countIf(is_silent) > 0, '■ ', '● '), toString(countIf(is_silent)), ' im lặng'), any(newest)) AS "Mới nhất"
FROM
(
    SELECT *, row_number() OVER (ORDER BY is_silent DESC, is_slow DESC, limit_s = forever, age_seconds / limit_s DESC, place, system) AS number,
        count() OVER () > 6 AND number > 5 AS is_rest
    FROM
    (
        SELECT f.place AS place, f.system AS system, f.age_seconds AS age_seconds,
            multiIf(f.source NOT IN live, forever, g.gate = '', 900, f.system = 'control-room' AND g.open_for > 5400 AND NOT g.is_closed, 5400, forever) AS limit_s,
            age_seconds > limit_s AS is_silent, age_seconds * 3 > limit_s * 2 AS is_slow,
            concat(
                multiIf(is_silent, '■ im lặng ', is_slow, '◆ chậm ', limit_s = forever, '○ ', '● '),
                multiIf(age_seconds < 60, concat(toString(age_seconds), ' giây'), age_seconds < 3600, concat(toString(intDiv(age_seconds, 60)), ' phút'),
                    age_seconds < 172800, concat(toString(intDiv(age_seconds, 3600)), ' giờ'), concat(toString(intDiv(age_seconds, 86400)), ' ngày'))) AS newest
        FROM
        (
            SELECT toString(source) AS source, splitByChar('/', source) AS parts, parts[4] AS place, parts[5] AS system, age_seconds
            FROM freshness
            WHERE startsWith(source, '/vn/laocai/') AND NOT endsWith(source, '/targets')
        ) AS f
        LEFT JOIN
        (
            SELECT toString(gate_id) AS gate, gate_id IN (SELECT gate_id FROM gate_status WHERE status = 'closed') AS is_closed,
                if(open_by_calendar, ifNull(dateDiff('second', next_opening - INTERVAL 1 DAY, now('UTC')), forever), 0) AS open_for
            FROM gate_calendar
        ) AS g ON g.gate = f.place
    )
)
GROUP BY if(is_rest, 6, number) AS line, is_rest
ORDER BY line
