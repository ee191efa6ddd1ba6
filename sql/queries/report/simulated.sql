-- Whether any event of the period is simulated.
SELECT max(simulated) AS simulated
FROM events
WHERE type IN ('vn.laocai.kpi.gate.crossing.v1', 'vn.laocai.kpi.factory.output.v1')
    AND time >= {begin:DateTime('UTC')} AND time < {end:DateTime('UTC')}
