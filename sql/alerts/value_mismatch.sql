-- By how much the two systems' declared values of today differ, in percent of what both uphold.
SELECT 'lao-cai' AS scope, sum(mismatch_usd_minor) / nullIf(sum(double_usd_minor), 0) * 100 AS value, sum(due) AS sample
FROM reconciliation_by_day
WHERE day = toDate(now('Asia/Ho_Chi_Minh'))
