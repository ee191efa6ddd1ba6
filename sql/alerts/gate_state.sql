-- What each gate has said of itself since it opened today: 0 open, 1 restricted, 2 closed. Outside its hours nothing: that
-- it closes in the evening is no news.
SELECT toString(g.gate_id) AS scope, toFloat64(indexOf(['restricted', 'closed'], g.state)) AS value, 1 AS sample,
    if(c.open_by_calendar AND (c.next_opening IS NULL OR f.said_at >= c.next_opening - INTERVAL 1 DAY), g.state, '') AS word,
    toUnixTimestamp64Milli(g.since) AS at
FROM gates_now AS g
INNER JOIN (SELECT gate_id, open_by_calendar, next_opening FROM gate_calendar) AS c ON c.gate_id = g.gate_id
INNER JOIN
(
    SELECT splitByChar('/', toString(source))[4] AS gate_id, max(time) AS said_at
    FROM events
    WHERE type = 'vn.laocai.kpi.gate.state.v1' AND time > now64(3, 'UTC') - INTERVAL 1 DAY
    GROUP BY gate_id
) AS f ON f.gate_id = g.gate_id
