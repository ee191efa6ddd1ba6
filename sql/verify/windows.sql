,
-- Contributions become windows.
    recomputed AS
    (
        SELECT topic, partition, if(grain = '', stem, concat(stem, '_', grain)) AS kpi,
            multiIf(
                grain = 'minute', toDateTime64(toStartOfMinute(moment), 3, 'UTC'),
                grain = 'hour', toDateTime64(toStartOfHour(moment), 3, 'UTC'),
                grain = 'day', toDateTime64(toDate(moment, 'Asia/Ho_Chi_Minh'), 3, 'UTC'),
                moment) AS at,
            dimensions, numbers
        FROM contributions
        ARRAY JOIN multiIf(
            stem = 'output', ['hour', 'day'], stem IN ('trade', 'crossings', 'latency'), ['minute', 'day'],
            stem IN ('commodity', 'revenue', 'steps'), ['day'], stem = 'line_state', ['hour'], ['']) AS grain
        WHERE moment >= window_from AND moment < window_to
    ),
    kept AS
    (
        SELECT *
        FROM stored
    )
