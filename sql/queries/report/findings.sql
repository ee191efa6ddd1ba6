-- Facts that contradict each other, by kind.
SELECT kind AS subject, countIf(NOT t.is_before) AS findings, countIf(t.is_before) AS findings_before
FROM
(
    SELECT toString(kind) AS kind, at < {begin:DateTime('UTC')} AS is_before
    FROM findings
    WHERE (at >= {begin:DateTime('UTC')} AND at < {end:DateTime('UTC')})
        OR (at >= {before_begin:DateTime('UTC')} AND at < {before_end:DateTime('UTC')})
) AS t
GROUP BY subject
ORDER BY findings DESC, subject
