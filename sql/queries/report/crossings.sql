-- Vehicles across the border, by gate and in all.
SELECT t.gate_id AS subject,
    sumIf(t.vehicles, t.direction = 'outbound' AND NOT t.is_before) AS outbound,
    sumIf(t.vehicles, t.direction = 'outbound' AND t.is_before) AS outbound_before,
    sumIf(t.vehicles, t.direction = 'inbound' AND NOT t.is_before) AS inbound,
    sumIf(t.vehicles, t.direction = 'inbound' AND t.is_before) AS inbound_before,
    sumIf(t.vehicles, t.loaded AND NOT t.is_before) AS loaded,
    sumIf(t.vehicles, t.loaded AND t.is_before) AS loaded_before
FROM
(
    SELECT toString(gate_id) AS gate_id, direction, loaded, vehicles, window_start < {begin:DateTime('UTC')} AS is_before
    FROM crossings_by_minute
    WHERE (window_start >= {begin:DateTime('UTC')} AND window_start < {end:DateTime('UTC')})
        OR (window_start >= {before_begin:DateTime('UTC')} AND window_start < {before_end:DateTime('UTC')})
) AS t
GROUP BY GROUPING SETS ((subject), ())
ORDER BY subject = '', outbound + inbound DESC, subject
