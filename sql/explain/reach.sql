-- Between which times everything lies that is said of the subjects that have an event in a stretch of time.
SELECT min(time), max(time)
FROM events
WHERE type IN {types:Array(String)} AND subject IN
(
    SELECT subject
    FROM events
    WHERE type IN {types:Array(String)}
        AND time >= toDateTime64({window_from:String}, 3, 'UTC') AND time <= toDateTime64({window_to:String}, 3, 'UTC')
)
