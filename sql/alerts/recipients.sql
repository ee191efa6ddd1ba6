-- How many messages each subscriber could not be given: tried in vain for ten minutes, or given up in the last day.
SELECT toString(subscriber) AS scope, toFloat64(failing) AS value, failing AS sample
FROM recipients_now
