-- Value through the gates: by gate, by regime, and the total that the parts of either add up to.
SELECT t.gate_id AS subject, t.regime AS detail, sumIf(t.value_usd_minor, NOT t.is_before) AS value_usd_minor,
    sumIf(t.value_usd_minor, t.is_before) AS value_usd_minor_before
FROM
(
    SELECT toString(gate_id) AS gate_id, toString(regime) AS regime, value_usd_minor,
        window_start < {begin:DateTime('UTC')} AS is_before
    FROM trade_by_minute
    WHERE (window_start >= {begin:DateTime('UTC')} AND window_start < {end:DateTime('UTC')})
        OR (window_start >= {before_begin:DateTime('UTC')} AND window_start < {before_end:DateTime('UTC')})
) AS t
GROUP BY GROUPING SETS ((subject), (detail), ())
ORDER BY (subject = '') + (detail = ''), detail != '', value_usd_minor DESC, subject, detail
