-- What the plants made in whole hours, by zone, by plant of each, and in all.
SELECT t.zone_id AS subject, t.plant_id AS detail, sumIf(t.value_vnd, NOT t.is_before) AS value_vnd,
    sumIf(t.value_vnd, t.is_before) AS value_vnd_before
FROM
(
    SELECT toString(zone_id) AS zone_id, toString(plant_id) AS plant_id, value_vnd,
        window_start < {begin:DateTime('UTC')} AS is_before
    FROM output_by_hour
    WHERE (window_start >= {begin:DateTime('UTC')} AND window_start < {hours_end:DateTime('UTC')})
        OR (window_start >= {before_begin:DateTime('UTC')} AND window_start < {hours_before_end:DateTime('UTC')})
) AS t
GROUP BY GROUPING SETS ((subject), (subject, detail), ())
ORDER BY subject = '', subject, detail != '', value_vnd DESC, detail
