-- The indicators in money that this year has a target of for the whole province.
SELECT toString(indicator) AS value
FROM progress
WHERE scope = 'lao-cai' AND year = toYear(now('Asia/Ho_Chi_Minh')) AND currency != ''
ORDER BY value DESC
