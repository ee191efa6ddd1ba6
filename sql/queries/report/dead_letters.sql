-- Records that broke the contract, by reason, and how many of them still lie there.
SELECT reason AS subject, countIf(NOT t.is_before) AS letters, countIf(t.is_before) AS letters_before,
    countIf(NOT t.is_before AND t.status IN ('dead', 'parked')) AS open
FROM
(
    SELECT toString(reason) AS reason, toString(status) AS status, failed_at < {begin:DateTime('UTC')} AS is_before
    FROM dead_letters
    WHERE (failed_at >= {begin:DateTime('UTC')} AND failed_at < {end:DateTime('UTC')})
        OR (failed_at >= {before_begin:DateTime('UTC')} AND failed_at < {before_end:DateTime('UTC')})
) AS t
GROUP BY subject
ORDER BY letters DESC, subject
