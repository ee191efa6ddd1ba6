-- For how many of its own reporting intervals each plant has said nothing that spoke when it happened: history that is filled
-- in does not show that a feed lives.
SELECT toString(plant_id) AS scope,
    dateDiff('second', last_report, now64(3, 'UTC')) / nullIf(interval_seconds, 0) AS value, lines AS sample
FROM plants_now
WHERE last_report IS NOT NULL AND toString(plant_id) IN
    (
        SELECT subject FROM events
        WHERE type = 'vn.laocai.kpi.factory.output.v1' AND time > now64(3, 'UTC') - INTERVAL 31 DAY
            AND (late OR received_at <= time + INTERVAL 15 MINUTE)
    )
