-- Percent of the year's target that is reached. It only grows, so what goes back was corrected. A target that is carried
-- over from another year is not this year's.
SELECT concat(indicator, '/', place) AS scope, percent AS value, 1 AS sample, toString(year) AS window
FROM (SELECT toString(indicator) AS indicator, toString(scope) AS place, percent, year FROM progress
    WHERE year = toYear(now('Asia/Ho_Chi_Minh')) AND percent IS NOT NULL AND NOT carried)
