-- Then and now: what each local day's figures were when they were first published, what they are, and why.

-- Whether an event had been a dead letter: a header of its record says it, and headers are not archived.
ALTER TABLE {generation:Identifier}.events
    ADD COLUMN IF NOT EXISTS redriven Bool;

-- What the events that came after a day was published changed of its figures, by cause. `difference` is in cents,
-- vehicles or VND; of booth service it is vehicles, and `sketch` what changed in each bucket.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.restatement_day
(
    day Date,
    kpi LowCardinality(String),
    place LowCardinality(String),
    cause LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    difference Int64,
    events Int64,
    sketch Map(Int16, Int64),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (day, kpi, place, cause, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

-- One row a day, KPI, scope and cause. `difference` is what the cause changed; for the percentiles, what it alone
-- would have changed, in whole milliseconds: those do not add up to now_value - first_value.
CREATE OR REPLACE VIEW {public:Identifier}.restatements AS
WITH
    changes AS
    (
        SELECT t.day AS day, t.kpi AS kpi, scope, t.cause AS cause, sum(t.difference) AS difference, sum(t.events) AS events,
            mapFilter((bucket, count) -> count != 0, sumMap(t.sketch)) AS sketch
        FROM restatement_day AS t FINAL
        ARRAY JOIN ['lao-cai', toString(t.place)] AS scope
        GROUP BY day, kpi, scope, cause
        HAVING difference != 0 OR events != 0 OR notEmpty(sketch)
    ),
    present AS
    (
        SELECT kpi, day, scope, sum(amount) AS amount, sumMap(buckets) AS buckets
        FROM
        (
            SELECT 'trade_value' AS kpi, day, toString(gate_id) AS place, value_usd_minor AS amount,
                CAST(map(), 'Map(Int16, Int64)') AS buckets
            FROM trade_day FINAL
            WHERE day IN (SELECT day FROM restatement_day WHERE kpi = 'trade_value')
            UNION ALL
            SELECT 'vehicles', day, toString(gate_id), vehicles, CAST(map(), 'Map(Int16, Int64)')
            FROM crossings_day FINAL
            WHERE day IN (SELECT day FROM restatement_day WHERE kpi = 'vehicles')
            UNION ALL
            SELECT 'industrial_output', day, toString(zone_id), value_vnd, CAST(map(), 'Map(Int16, Int64)')
            FROM output_day FINAL
            WHERE day IN (SELECT day FROM restatement_day WHERE kpi = 'industrial_output')
            UNION ALL
            SELECT 'booth_service', day, toString(gate_id), vehicles, sketch
            FROM latency_day FINAL
            WHERE interval = 'booth_service' AND day IN (SELECT day FROM restatement_day WHERE kpi = 'booth_service')
        )
        ARRAY JOIN ['lao-cai', place] AS scope
        GROUP BY kpi, day, scope
    ),
    totals AS
    (
        SELECT day, kpi, scope, sum(difference) AS difference, sumMap(sketch) AS sketch
        FROM changes
        GROUP BY day, kpi, scope
    ),
    -- The sketch as it was first, as it is, and as it would be with one cause alone.
    joined AS
    (
        SELECT c.day AS day, c.kpi AS kpi, c.scope AS scope, c.cause AS cause, c.events AS events,
            c.difference AS difference, p.amount AS amount, t.difference AS total, p.buckets AS present_sketch,
            mapFilter((bucket, count) -> count > 0, mapSubtract(p.buckets, t.sketch)) AS first_sketch,
            mapFilter((bucket, count) -> count > 0, mapAdd(first_sketch, c.sketch)) AS caused_sketch
        FROM changes AS c
        INNER JOIN totals AS t ON t.day = c.day AND t.kpi = c.kpi AND t.scope = c.scope
        LEFT JOIN present AS p ON p.day = c.day AND p.kpi = c.kpi AND p.scope = c.scope
    )
SELECT j.day AS day, if(j.kpi = 'booth_service', concat('booth_', quantile.1), toString(j.kpi)) AS kpi, j.scope AS scope,
    toString(j.cause) AS cause,
    if(j.kpi = 'booth_service', accurateCastOrNull(round(kpi_quantile(j.first_sketch, quantile.2)), 'Int64'),
        j.amount - j.total) AS first_value,
    if(j.kpi = 'booth_service', accurateCastOrNull(round(kpi_quantile(j.present_sketch, quantile.2)), 'Int64'),
        j.amount) AS now_value,
    if(j.kpi = 'booth_service',
        accurateCastOrNull(round(kpi_quantile(j.caused_sketch, quantile.2)), 'Int64') - first_value,
        j.difference) AS difference,
    j.events AS events
FROM joined AS j
ARRAY JOIN if(j.kpi = 'booth_service', [('p50', 0.5), ('p90', 0.9)], [('', 0.)]) AS quantile
WHERE ifNull(difference, 1) != 0
SETTINGS join_use_nulls = 0, do_not_merge_across_partitions_select_final = 1;
