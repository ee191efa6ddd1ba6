-- The plants of the chosen zones.
SELECT toString(plant_id) AS value
FROM plants_now
WHERE $__conditionalAll(zone_id IN (${zone:singlequote}), $zone)
ORDER BY value
