-- Output of each zone in the last 24 hours.
SELECT zone_id AS khu, toFloat64(sumIf(value_vnd, span = '24h')) / 1e9 AS gia_tri
FROM output_rolling
WHERE span IN ('24h', 'ytd')
GROUP BY zone_id
ORDER BY gia_tri DESC, khu
