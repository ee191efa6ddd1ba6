-- How each gate clears now, each way: vehicles that wait, the oldest, and how long until none is left at this rate.
SELECT gate_id AS subject, direction AS detail, verdict, vehicles,
    if(vehicles = 0, NULL, oldest_seconds) AS oldest_seconds, over_2h, if(vehicles = 0, NULL, drain_seconds) AS drain_seconds,
    crossed_1h, stale
FROM clearing_now
ORDER BY vehicles DESC, subject, detail DESC
