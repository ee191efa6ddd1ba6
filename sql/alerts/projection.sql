-- Where the year will end, in percent of the target.
SELECT concat(indicator, '/', place) AS scope, projection / target_minor * 100 AS value, 1 AS sample
FROM (SELECT toString(indicator) AS indicator, toString(scope) AS place, projection, target_minor FROM progress
    WHERE year = toYear(now('Asia/Ho_Chi_Minh')) AND projection IS NOT NULL
    -- A year of which more than 2 % is missing so far, as while history is filled in, has no pace.
    AND indicator NOT IN (SELECT arrayJoin(if(topic = 'factory.output', ['industrial_output'], ['trade_value', 'budget_revenue']))
        FROM missing_days WHERE last_day >= toStartOfYear(now('Asia/Ho_Chi_Minh')) GROUP BY topic
        HAVING sum(dateDiff('day', greatest(first_day, toStartOfYear(now('Asia/Ho_Chi_Minh'))), last_day) + 1) * 50
            > toDayOfYear(now('Asia/Ho_Chi_Minh'))))
