-- Where the year will end, in percent of the target.
SELECT concat(indicator, '/', place) AS scope, projection / target_minor * 100 AS value, 1 AS sample
FROM (SELECT toString(indicator) AS indicator, toString(scope) AS place, projection, target_minor FROM progress
    WHERE year = toYear(now('Asia/Ho_Chi_Minh')) AND projection IS NOT NULL)
