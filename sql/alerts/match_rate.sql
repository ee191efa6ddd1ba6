-- Of today's declarations whose hour is over, those that both systems know alike within that hour, in percent.
SELECT 'lao-cai' AS scope, sum(due_matched_60) / nullIf(sum(due), 0) * 100 AS value, sum(due) AS sample
FROM reconciliation_by_day
WHERE day = toDate(now('Asia/Ho_Chi_Minh'))
