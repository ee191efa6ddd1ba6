-- Declarations first registered in the period, as the two systems know them by now; one is due an hour after that.
SELECT countIf(NOT t.is_before) AS declarations, countIf(t.is_before) AS declarations_before,
    countIf(NOT t.is_before AND t.due) AS due,
    countIf(NOT t.is_before AND t.in_time) / nullIf(due, 0) * 100 AS match_60_percent,
    countIf(t.is_before AND t.in_time) / nullIf(countIf(t.is_before AND t.due), 0) * 100 AS match_60_percent_before,
    countIf(NOT t.is_before AND t.state = 'only_digital') AS only_digital,
    countIf(t.is_before AND t.state = 'only_digital') AS only_digital_before,
    countIf(NOT t.is_before AND t.state = 'only_customs') AS only_customs,
    countIf(t.is_before AND t.state = 'only_customs') AS only_customs_before,
    countIf(NOT t.is_before AND t.state = 'value_mismatch') AS value_mismatch,
    countIf(t.is_before AND t.state = 'value_mismatch') AS value_mismatch_before,
    sumIf(t.difference, NOT t.is_before AND t.state = 'value_mismatch') AS mismatch_usd_minor,
    sumIf(t.difference, t.is_before AND t.state = 'value_mismatch') AS mismatch_usd_minor_before
FROM
(
    SELECT state, due, due AND state = 'matched' AND abs(lag_seconds) <= 3600 AS in_time,
        toInt64(ifNull(abs(difference_usd_minor), 0)) AS difference,
        least(ifNull(digital_at, customs_at), ifNull(customs_at, digital_at)) AS first_at,
        first_at < {begin:DateTime('UTC')} AS is_before
    FROM reconciliation
    WHERE (first_at >= {begin:DateTime('UTC')} AND first_at < {end:DateTime('UTC')})
        OR (first_at >= {before_begin:DateTime('UTC')} AND first_at < {before_end:DateTime('UTC')})
) AS t
HAVING declarations + declarations_before > 0
