-- How each gate stood in the period, one row a state; the last one of a gate holds still where it has no end.
SELECT toString(gate_id) AS subject, state, counterpart_state, started_at, ended_at, reason
FROM gate_timeline
WHERE started_at < {end:DateTime('UTC')} AND (ended_at IS NULL OR ended_at > {begin:DateTime('UTC')})
ORDER BY subject, started_at
