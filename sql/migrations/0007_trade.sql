-- Trade by commodity, budget revenue, and the reconciliation of the two declaration systems.

CREATE TABLE IF NOT EXISTS {generation:Identifier}.commodity_day
(
    day Date,
    gate_id LowCardinality(String),
    direction LowCardinality(String),
    regime LowCardinality(String),
    hs_code LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    value_usd_minor Int64,
    net_mass_kg Int64,
    lines Int64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (day, gate_id, direction, regime, hs_code, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

CREATE TABLE IF NOT EXISTS {generation:Identifier}.revenue_day
(
    day Date,
    gate_id LowCardinality(String),
    direction LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    duty_vnd Int64,
    fee_vnd Int64,
    payments Int64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (day, gate_id, direction, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;
