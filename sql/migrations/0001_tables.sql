-- The tables of one generation. {generation:Identifier} is its database, such as kpi_g1.
-- Every partial row is owned by one Kafka partition; `version` is the highest position folded into it.
-- Old months merge to one part by themselves, so that FINAL by month stays cheap (../README says more).

CREATE TABLE IF NOT EXISTS {generation:Identifier}.events
(
    type LowCardinality(String),
    time DateTime64(3, 'UTC'),
    id UUID,
    source LowCardinality(String),
    subject String,
    topic LowCardinality(String),
    partition UInt16,
    offset UInt64,
    position UInt64,
    received_at DateTime64(3, 'UTC'),
    corrects_id Nullable(UUID),
    corrects_time Nullable(DateTime64(3, 'UTC')),
    correction_kind LowCardinality(String),
    correction_no UInt32,
    simulated Bool,
    late Bool,
    payload String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (type, time, id, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 30, min_age_to_force_merge_on_partition_only = 1;

-- The facts that belong together (a visit, a clearance, one plant's window, one register entry), with their positions.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.entities
(
    topic LowCardinality(String),
    partition UInt16,
    entity String,
    facts String CODEC(ZSTD(1)),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (topic, partition, entity)
SETTINGS index_granularity = 512;

CREATE TABLE IF NOT EXISTS {generation:Identifier}.trade_minute
(
    window_start DateTime('UTC'),
    gate_id LowCardinality(String),
    direction LowCardinality(String),
    regime LowCardinality(String),
    hs_chapter LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    value_usd_minor Int64,
    net_mass_kg Int64,
    lines Int64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(window_start)
ORDER BY (window_start, gate_id, direction, regime, hs_chapter, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

CREATE TABLE IF NOT EXISTS {generation:Identifier}.trade_day
(
    day Date,
    gate_id LowCardinality(String),
    direction LowCardinality(String),
    regime LowCardinality(String),
    hs_chapter LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    value_usd_minor Int64,
    net_mass_kg Int64,
    lines Int64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (day, gate_id, direction, regime, hs_chapter, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

CREATE TABLE IF NOT EXISTS {generation:Identifier}.crossings_minute
(
    window_start DateTime('UTC'),
    gate_id LowCardinality(String),
    direction LowCardinality(String),
    vehicle_class LowCardinality(String),
    loaded Bool,
    topic LowCardinality(String),
    partition UInt16,
    vehicles Int64,
    gross_mass_kg Int64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(window_start)
ORDER BY (window_start, gate_id, direction, vehicle_class, loaded, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

CREATE TABLE IF NOT EXISTS {generation:Identifier}.crossings_day
(
    day Date,
    gate_id LowCardinality(String),
    direction LowCardinality(String),
    vehicle_class LowCardinality(String),
    loaded Bool,
    topic LowCardinality(String),
    partition UInt16,
    vehicles Int64,
    gross_mass_kg Int64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (day, gate_id, direction, vehicle_class, loaded, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

CREATE TABLE IF NOT EXISTS {generation:Identifier}.latency_minute
(
    window_start DateTime('UTC'),
    interval LowCardinality(String),
    gate_id LowCardinality(String),
    direction LowCardinality(String),
    lane_id LowCardinality(String),
    channel LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    vehicles Int64,
    within_goal Int64,
    total_ms Int64,
    sketch Map(Int16, Int64),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(window_start)
ORDER BY (window_start, interval, gate_id, direction, lane_id, channel, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

CREATE TABLE IF NOT EXISTS {generation:Identifier}.latency_day
(
    day Date,
    interval LowCardinality(String),
    gate_id LowCardinality(String),
    direction LowCardinality(String),
    lane_id LowCardinality(String),
    channel LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    vehicles Int64,
    within_goal Int64,
    total_ms Int64,
    sketch Map(Int16, Int64),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (day, interval, gate_id, direction, lane_id, channel, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

-- One row an arrival: 1 while the vehicle waits, 0 once it crossed or turned back.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.waiting
(
    arrived_at DateTime64(3, 'UTC'),
    gate_id LowCardinality(String),
    direction LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    vehicles Int64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(arrived_at)
ORDER BY (arrived_at, gate_id, direction, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

-- Quantities are millionths of the unit.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.output_hour
(
    window_start DateTime('UTC'),
    zone_id LowCardinality(String),
    plant_id LowCardinality(String),
    line_id LowCardinality(String),
    product LowCardinality(String),
    price_basis LowCardinality(String),
    unit LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    value_vnd Int64,
    quantity_micro Int64,
    reports Int64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(window_start)
ORDER BY (window_start, zone_id, plant_id, line_id, product, price_basis, unit, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

CREATE TABLE IF NOT EXISTS {generation:Identifier}.output_day
(
    day Date,
    zone_id LowCardinality(String),
    plant_id LowCardinality(String),
    line_id LowCardinality(String),
    product LowCardinality(String),
    price_basis LowCardinality(String),
    unit LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    value_vnd Int64,
    quantity_micro Int64,
    reports Int64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (day, zone_id, plant_id, line_id, product, price_basis, unit, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

-- Registers: one row an original event, holding what stands of it after its corrections.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.gate_states
(
    gate_id LowCardinality(String),
    id UUID,
    time DateTime64(3, 'UTC'),
    state LowCardinality(String),
    counterpart_state LowCardinality(String),
    reason String,
    lanes_open Nullable(Int32),
    lanes_max Nullable(Int32),
    yard_present Nullable(Int32),
    yard_capacity Nullable(Int32),
    opens_at String,
    closes_at String,
    removed Bool,
    topic LowCardinality(String),
    partition UInt16,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (gate_id, id, topic, partition);

CREATE TABLE IF NOT EXISTS {generation:Identifier}.targets
(
    indicator LowCardinality(String),
    scope LowCardinality(String),
    year UInt16,
    id UUID,
    time DateTime64(3, 'UTC'),
    value_minor Int64,
    currency LowCardinality(String),
    qualifier LowCardinality(String),
    effective_from Date,
    source String,
    removed Bool,
    topic LowCardinality(String),
    partition UInt16,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (indicator, scope, year, id, topic, partition);

CREATE TABLE IF NOT EXISTS {generation:Identifier}.declarations
(
    declaration_no String,
    system LowCardinality(String),
    id UUID,
    time DateTime64(3, 'UTC'),
    version_no UInt16,
    status LowCardinality(String),
    regime LowCardinality(String),
    gate_id LowCardinality(String),
    value_usd_minor Int64,
    net_mass_kg Int64,
    lines Int32,
    duty_minor Int64,
    removed Bool,
    topic LowCardinality(String),
    partition UInt16,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (declaration_no, id, topic, partition);

-- What the facts say against each other; `removed` once a correction took the contradiction away.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.findings
(
    kind LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    entity String,
    qualifier String,
    type LowCardinality(String),
    subject String,
    ids Array(UUID),
    at DateTime64(3, 'UTC'),
    detail String,
    removed Bool,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (kind, topic, partition, entity, qualifier);

CREATE TABLE IF NOT EXISTS {generation:Identifier}.dead_letters
(
    topic LowCardinality(String),
    partition UInt16,
    offset UInt64,
    position UInt64,
    reason LowCardinality(String),
    detail String,
    failed_at DateTime64(3, 'UTC'),
    status LowCardinality(String),
    payload String CODEC(ZSTD(3)),
    revision UInt32
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (topic, partition, position);

-- Every record of the partition up to `position` is in the tables above; `fingerprint` tells its log from another one.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.consumed
(
    topic LowCardinality(String),
    partition UInt16,
    position UInt64,
    offset UInt64,
    fingerprint UInt64,
    updated_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(position)
ORDER BY (topic, partition);

-- The base that positions of a partition start from; raised when an operator accepts a log that starts anew.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.log_bases
(
    topic LowCardinality(String),
    partition UInt16,
    base UInt64,
    accepted_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(base)
ORDER BY (topic, partition);

-- What made this generation: the fold revision and the number of partitions of each topic.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.generation
(
    name LowCardinality(String),
    value String,
    recorded_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY name;
