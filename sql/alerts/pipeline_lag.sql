-- Minutes since the newest event of a day was received that is stored: plants report every five minutes, day and night.
-- History that is filled in is older and does not count. A day without any says nothing, and what is open stays so.
SELECT 'lao-cai' AS scope, dateDiff('second', max(received_at), now64(3, 'UTC')) / 60 AS value, count() AS sample
FROM events
WHERE type IN ('vn.laocai.kpi.gate.crossing.v1', 'vn.laocai.kpi.clearance.stage.v1', 'vn.laocai.kpi.factory.output.v1')
    AND time > now64(3, 'UTC') - INTERVAL 1 DAY
HAVING sample > 0
