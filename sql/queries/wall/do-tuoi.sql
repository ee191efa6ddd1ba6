-- The header of every board: the newest event of gates, paperwork and plants; whether the last day is simulated; of how
-- many days of this year nothing is known; which alerts are open, and whether nobody has looked at their rules for 3 minutes.
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
    ) AS missing,
    (SELECT (count(), countIf(severity = 'critical')) FROM alerts_now) AS open,
    (SELECT maxOrNull(evaluated_at) FROM alert_pulse) AS evaluated_at
SELECT if(count() = 0, NULL, max(last_event_time)) AS last_event_time, last_day = 1 AS simulated, toInt64(missing) AS missing_days,
    toInt64(open.1) AS alerts, toInt64(open.2) AS critical, ifNull(evaluated_at < now64(3, 'UTC') - INTERVAL 3 MINUTE, true) AS is_blind
FROM freshness
WHERE source IN ('gate.crossing', 'clearance.stage', 'factory.output')
