-- Days of the year up to the period's end of which nothing is known.
SELECT topic AS subject, greatest(m.first_day, toStartOfYear(until)) AS first_day, least(m.last_day, until) AS last_day,
    toDate({end:DateTime('UTC')} - INTERVAL 1 SECOND, 'Asia/Ho_Chi_Minh') AS until
FROM missing_days AS m
WHERE first_day <= last_day
ORDER BY topic DESC, first_day
