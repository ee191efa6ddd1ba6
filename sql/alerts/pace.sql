-- Percentage points of this year's target ahead of (or behind) the plan by the season.
SELECT concat(indicator, '/', scope) AS scope, points AS value, 1 AS sample
FROM (SELECT toString(indicator) AS indicator, toString(progress.scope) AS scope, points FROM progress
    WHERE year = toYear(now('Asia/Ho_Chi_Minh')) AND points IS NOT NULL
    -- A year that is filled in, or was never told for weeks, has no pace yet.
    AND indicator NOT IN (SELECT transform(topic, ['gate.crossing', 'factory.output'], ['trade_value', 'industrial_output'], '')
        FROM missing_days WHERE last_day + 1 >= toStartOfYear(now('Asia/Ho_Chi_Minh')) GROUP BY topic HAVING sum(days) > 7))
