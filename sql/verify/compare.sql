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
-- The passes of the optimizer that are off would take as long as all the rest of a small statement: a CTE is a tree
-- of its own wherever it is named, and they find nothing to better in it.
SETTINGS do_not_merge_across_partitions_select_final = 1, optimize_and_compare_chain = 0,
    optimize_extract_common_expressions = 0, optimize_aggregators_of_group_by_keys = 0,
    optimize_group_by_function_keys = 0, optimize_injective_functions_in_group_by = 0
