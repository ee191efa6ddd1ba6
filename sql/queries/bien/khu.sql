-- The zones that have plants.
SELECT DISTINCT toString(zone_id) AS value
FROM plants_now
ORDER BY value
