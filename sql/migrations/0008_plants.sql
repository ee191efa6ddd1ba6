-- What the lines of plants do, and what follows from it: states, stops and their price, silence, utilisation.

-- Windows of a line in one state: bit n of `starts` is set where a window of that length began at minute n of the
-- hour. `stopped`: it stood still and nothing was made.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.line_state_hour
(
    window_start DateTime('UTC'),
    zone_id LowCardinality(String),
    plant_id LowCardinality(String),
    line_id LowCardinality(String),
    state LowCardinality(String),
    stop_reason LowCardinality(String),
    stopped Bool,
    window_minutes UInt8,
    topic LowCardinality(String),
    partition UInt16,
    starts Int64,
    windows Int64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(window_start)
ORDER BY (window_start, zone_id, plant_id, line_id, state, stop_reason, stopped, window_minutes, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;
