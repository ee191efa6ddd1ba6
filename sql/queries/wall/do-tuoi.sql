-- The header of every board: the newest event of gates, paperwork and plants; whether the last day is simulated.
WITH (
    SELECT max(simulated)
    FROM events
    WHERE type IN ('vn.laocai.kpi.gate.crossing.v1', 'vn.laocai.kpi.factory.output.v1') AND time > now() - INTERVAL 1 DAY
) AS last_day
SELECT if(count() = 0, NULL, max(last_event_time)) AS last_event_time, last_day = 1 AS simulated
FROM freshness
WHERE source IN ('gate.crossing', 'clearance.stage', 'factory.output')
