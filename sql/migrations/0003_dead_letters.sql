-- What redriving a dead letter needs besides its bytes, and what operators did about dead letters.
-- A change of status is the whole row again with the next `revision`; a worker always writes revision 1.

ALTER TABLE {generation:Identifier}.dead_letters
    ADD COLUMN IF NOT EXISTS key Nullable(String) CODEC(ZSTD(3)),
    ADD COLUMN IF NOT EXISTS headers Array(Tuple(String, Nullable(String))) CODEC(ZSTD(3)),
    -- A record without a value is not one with an empty value.
    ADD COLUMN IF NOT EXISTS no_value Bool,
    -- Key, headers or value were too large to keep whole: what is here is their beginning.
    ADD COLUMN IF NOT EXISTS cut Bool,
    -- How often it was redriven before it came here.
    ADD COLUMN IF NOT EXISTS attempt UInt8,
    ADD COLUMN IF NOT EXISTS first_failed_at DateTime64(3, 'UTC') DEFAULT failed_at,
    -- When an event from the future can be taken: it is redriven by itself then.
    ADD COLUMN IF NOT EXISTS due_at Nullable(DateTime64(3, 'UTC')),
    ADD COLUMN IF NOT EXISTS changed_at Nullable(DateTime64(3, 'UTC'));

-- A paused partition goes on: what is bad up to `position` counts no more.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.breaker_resumes
(
    topic LowCardinality(String),
    partition UInt16,
    position UInt64,
    resumed_at DateTime64(3, 'UTC'),
    who String
)
ENGINE = ReplacingMergeTree(position)
ORDER BY (topic, partition);

-- Who did what to which dead letters. Beside the views: it outlives the generations.
-- Revision 1 is written before the action, revision 2 after it; an action that died in between stays `running`.
CREATE TABLE IF NOT EXISTS {public:Identifier}.dead_letter_actions
(
    started_at DateTime64(3, 'UTC'),
    id UUID,
    who String,
    action LowCardinality(String),
    filter String,
    generation LowCardinality(String),
    state LowCardinality(String),
    matched UInt64,
    redriven UInt64,
    dropped UInt64,
    parked UInt64,
    skipped UInt64,
    finished_at Nullable(DateTime64(3, 'UTC')),
    revision UInt8
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (started_at, id);
