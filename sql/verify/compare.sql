,
-- Last part of every statement: what was recomputed is compared with what is stored, number by number: the measures
-- of a row, the buckets of a sketch. One row comes back: how many there are, how many differ, and a sample.
    compared AS
    (
        SELECT kpi, at, dimensions, topic, partition, number.1 AS measure,
            sum(stored_amount) AS stored, sum(recomputed_amount) AS recomputed, max(version) AS version
        FROM
        (
            SELECT topic, partition, kpi, at, dimensions, number, number.2 AS stored_amount, 0 AS recomputed_amount, version
            FROM kept
            ARRAY JOIN numbers AS number
            UNION ALL
            SELECT topic, partition, kpi, at, dimensions, number, 0, number.2, 0
            FROM recomputed
            ARRAY JOIN numbers AS number
        )
        GROUP BY kpi, at, dimensions, topic, partition, measure
        HAVING stored != 0 OR recomputed != 0
    )
SELECT countIf(measure IN ('lines', 'vehicles', 'reports', 'payments', 'starts', 'events')) AS windows, count() AS numbers,
    countIf(stored != recomputed) AS differing,
    groupArrayIf(1000)((kpi, at, dimensions, topic, partition, measure, stored, recomputed, version), stored != recomputed) AS sample
FROM compared
SETTINGS do_not_merge_across_partitions_select_final = 1
