-- How many events of some types there are in a stretch of time, and how many of them are of some subjects.
SELECT count(), countIf(empty({subjects:Array(String)}) OR has({subjects:Array(String)}, subject))
FROM events
WHERE type IN {types:Array(String)}
    AND time >= toDateTime64({window_from:String}, 3, 'UTC') AND time <= toDateTime64({window_to:String}, 3, 'UTC')
