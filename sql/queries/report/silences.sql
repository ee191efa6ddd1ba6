-- Plants that said nothing for at least three of their intervals within the period.
SELECT toString(s.plant_id) AS subject, s.started_at AS started_at, if(s.ongoing, NULL, s.ended_at) AS ended_at, s.seconds AS seconds
FROM plant_states AS s
WHERE s.status = 'silent' AND s.started_at < {end:DateTime('UTC')} AND s.ended_at > {begin:DateTime('UTC')}
ORDER BY s.ongoing DESC, started_at, subject
