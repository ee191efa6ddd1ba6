-- Who switched the public views to a replay, or back. Beside the views: it outlives the generations.
-- `differing` is how many rows were different or missing when it was compared with what was live; NULL: not compared.

CREATE TABLE IF NOT EXISTS {public:Identifier}.replay_actions
(
    at DateTime64(3, 'UTC'),
    who String,
    action LowCardinality(String),
    run String,
    build LowCardinality(String),
    fold_revision UInt32,
    generation_before LowCardinality(String),
    generation LowCardinality(String),
    differing Nullable(UInt64),
    accepted Bool
)
ENGINE = MergeTree
ORDER BY at;
