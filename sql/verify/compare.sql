,
-- Last part of every statement: contributions become windows, and those are compared with what is stored, number
-- by number: the measures of a row, the buckets of a sketch. One row comes back: how many there are, how many
-- differ, and a sample.
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
    compared AS
    (
        SELECT kpi, at, dimensions, topic, partition, number.1 AS measure,
            sum(stored_amount) AS stored, sum(recomputed_amount) AS recomputed, max(version) AS version
        FROM
        (
            SELECT topic, partition, kpi, at, dimensions, number, number.2 AS stored_amount, 0 AS recomputed_amount, version
            FROM stored
            ARRAY JOIN numbers AS number
            UNION ALL
            SELECT topic, partition, kpi, at, dimensions, number, 0, number.2, 0
            FROM recomputed
            ARRAY JOIN numbers AS number
        )
        GROUP BY kpi, at, dimensions, topic, partition, measure
        HAVING stored != 0 OR recomputed != 0
    )
SELECT countIf(measure IN ('lines', 'vehicles', 'reports', 'payments', 'starts')) AS windows, count() AS numbers,
    countIf(stored != recomputed) AS differing,
    groupArrayIf(1000)((kpi, at, dimensions, topic, partition, measure, stored, recomputed, version), stored != recomputed) AS sample
FROM compared
SETTINGS do_not_merge_across_partitions_select_final = 1
