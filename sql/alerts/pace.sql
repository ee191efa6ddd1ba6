-- Percentage points of this year's target ahead of (or behind) the plan by the season.
SELECT concat(indicator, '/', scope) AS scope, points AS value, 1 AS sample
FROM (SELECT toString(indicator) AS indicator, toString(progress.scope) AS scope, points FROM progress
    WHERE year = toYear(now('Asia/Ho_Chi_Minh')) AND points IS NOT NULL
    -- A year of which more than 2 % is missing so far, as while history is filled in, has no pace.
    AND indicator NOT IN (SELECT arrayJoin(if(topic = 'factory.output', ['industrial_output'], ['trade_value', 'budget_revenue']))
        FROM missing_days WHERE last_day >= toStartOfYear(now('Asia/Ho_Chi_Minh')) GROUP BY topic
        HAVING sum(dateDiff('day', greatest(first_day, toStartOfYear(now('Asia/Ho_Chi_Minh'))), last_day) + 1) * 50
            > toDayOfYear(now('Asia/Ho_Chi_Minh'))))
