-- The regimes under which goods crossed since last year began.
SELECT DISTINCT toString(regime) AS value
FROM trade_by_day
WHERE day >= addYears(toStartOfYear(toDate(now('Asia/Ho_Chi_Minh'))), -1)
ORDER BY value
