-- Stops of lines that reach into the period, whole: how long until now or until they ended, and what they cost.
SELECT toString(plant_id) AS subject, toString(line_id) AS detail, stop_reason, started_at, ended_at, seconds, lost_vnd, lost_points
FROM stops
WHERE started_at < {end:DateTime('UTC')} AND (ended_at IS NULL OR ended_at > {begin:DateTime('UTC')})
ORDER BY lost_vnd DESC, subject, detail, started_at
