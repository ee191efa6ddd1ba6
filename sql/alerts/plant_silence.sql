-- For how many of its own reporting intervals each plant has said nothing.
SELECT toString(plant_id) AS scope,
    dateDiff('second', last_report, now64(3, 'UTC')) / nullIf(interval_seconds, 0) AS value, lines AS sample
FROM plants_now
WHERE last_report IS NOT NULL
