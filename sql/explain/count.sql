-- How many events of some types there are in a stretch of time.
SELECT count()
FROM events
WHERE type IN {types:Array(String)}
    AND time >= toDateTime64({window_from:String}, 3, 'UTC') AND time <= toDateTime64({window_to:String}, 3, 'UTC')
