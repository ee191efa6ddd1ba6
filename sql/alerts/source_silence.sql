-- For how many expected intervals a system of a gate has said nothing: a control room speaks every half hour of the
-- gate's hours; the platform and customs at least every 20 minutes while vehicles pass one by one (assumption): in
-- twelve minutes or more of the last hour, spread over six or more of its stretches of ten, which the wagons of a train, or of
-- two, are not. Who never spoke when it happened is not silent: history that is filled in does not show that a feed lives. Nor is
-- a control room that said that its gate is closed: it has no more to say that day.
WITH
    gates AS
    (
        SELECT toString(gate_id) AS gate, gate_id IN (SELECT gate_id FROM gate_status WHERE status = 'closed') AS is_closed,
            if(open_by_calendar, ifNull(dateDiff('second', next_opening - INTERVAL 1 DAY, now('UTC')), 1000000000), 0) AS open_for
        FROM gate_calendar
    ),
    passing AS
    (
        SELECT toString(gate_id) AS gate, uniqExact(window_start) AS minutes, uniqExact(toStartOfTenMinutes(window_start)) AS stretches
        FROM crossings_by_minute
        WHERE window_start > now('UTC') - INTERVAL 1 HOUR AND window_start <= now('UTC')
        GROUP BY gate_id
    )
SELECT concat(f.gate, '/', f.system) AS scope,
    multiIf(f.system = 'control-room', if(g.open_for > 0 AND NOT g.is_closed, least(f.age, g.open_for) / 1800, NULL), p.minutes >= 12 AND p.stretches >= 6 AND g.open_for > 0, least(f.age, g.open_for) / 1200, NULL) AS value,
    toInt64(p.minutes) AS sample
FROM
(
    SELECT splitByChar('/', toString(source)) AS parts, parts[4] AS gate, parts[5] AS system, age_seconds AS age
    FROM freshness
    WHERE startsWith(source, '/vn/laocai/') AND system IN ('control-room', 'digital-gate', 'vnaccs-vcis')
        AND source IN
        (
            SELECT toString(source) FROM events
            WHERE (time > now64(3, 'UTC') - INTERVAL 31 DAY OR type = 'vn.laocai.kpi.gate.state.v1')
                AND (late OR received_at <= time + INTERVAL 15 MINUTE)
        )
) AS f
INNER JOIN gates AS g ON g.gate = f.gate
LEFT JOIN passing AS p ON p.gate = f.gate
SETTINGS join_use_nulls = 0
