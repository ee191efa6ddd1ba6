-- What the plants of the province made yesterday, in billion dong; the sample is how many of them reported.
SELECT 'lao-cai' AS scope, sum(value_vnd) / 1e9 AS value, uniqExact(plant_id) AS sample,
    toString(toDate(now('Asia/Ho_Chi_Minh')) - 1) AS window
FROM output_by_day
WHERE day = toDate(now('Asia/Ho_Chi_Minh')) - 1
