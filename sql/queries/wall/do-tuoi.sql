-- The header of every board: the newest event of gates, paperwork and plants; whether the last day is simulated; of how
-- many days of this year nothing is known.
WITH
    (
        SELECT max(simulated)
        FROM events
        WHERE type IN ('vn.laocai.kpi.gate.crossing.v1', 'vn.laocai.kpi.factory.output.v1') AND time > now() - INTERVAL 1 DAY
    ) AS last_day,
    (
        SELECT max(total)
        FROM
        (
            SELECT sum(dateDiff('day', greatest(m.first_day, toStartOfYear(now('Asia/Ho_Chi_Minh'))), m.last_day) + 1) AS total
            FROM missing_days AS m
            WHERE m.last_day >= toStartOfYear(now('Asia/Ho_Chi_Minh'))
            GROUP BY m.topic
        )
    ) AS missing
SELECT if(count() = 0, NULL, max(last_event_time)) AS last_event_time, last_day = 1 AS simulated, toInt64(missing) AS missing_days
FROM freshness
WHERE source IN ('gate.crossing', 'clearance.stage', 'factory.output')
