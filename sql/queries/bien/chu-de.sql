-- The topics that events came from.
SELECT toString(source) AS value
FROM freshness
WHERE NOT startsWith(source, '/')
ORDER BY value
