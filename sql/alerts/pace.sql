-- Percentage points of this year's target ahead of (or behind) the plan by the season.
SELECT concat(indicator, '/', scope) AS scope, points AS value, 1 AS sample
FROM (SELECT toString(indicator) AS indicator, toString(progress.scope) AS scope, points FROM progress
    WHERE year = toYear(now('Asia/Ho_Chi_Minh')) AND points IS NOT NULL)
