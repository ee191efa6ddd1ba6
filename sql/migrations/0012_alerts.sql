-- Alerts: how each rule stands at each place, what fired, whom it is to reach, and what people said to it. Beside the
-- views, because all of it outlives the generations. One instance at a time evaluates (the owner of a Kafka partition).

-- The newest row stands. It is written before anything else of what happened, with the happening in it (`announced`
-- false), and again once alert and outbox are written: whoever starts in between does that part again.
CREATE TABLE IF NOT EXISTS {public:Identifier}.alert_states
(
    rule LowCardinality(String),
    scope String,
    phase LowCardinality(String),
    since DateTime64(3, 'UTC'),
    seen DateTime64(3, 'UTC'),
    onset DateTime64(3, 'UTC'),
    opened DateTime64(3, 'UTC'),
    alert_id String,
    silent Bool,
    value Nullable(Float64),
    sample Int64,
    word String,
    window String,
    happened LowCardinality(String),
    before String,
    announced Bool,
    revision UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (rule, scope);

-- One row an alert: revision 1 when it fired, 2 when it ended. `ending` is resolved, corrected or changed.
CREATE TABLE IF NOT EXISTS {public:Identifier}.alerts
(
    alert_id String,
    rule LowCardinality(String),
    kpi LowCardinality(String),
    scope String,
    place String,
    severity LowCardinality(String),
    runbook LowCardinality(String),
    fired_at DateTime64(3, 'UTC'),
    ended_at Nullable(DateTime64(3, 'UTC')),
    ending LowCardinality(String),
    value Nullable(Float64),
    limit_value Nullable(Float64),
    sample Int64,
    silent Bool,
    title_vi String,
    text_vi String,
    title_en String,
    text_en String,
    revision UInt8
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY alert_id;

-- One row a message to a subscriber, named by alert, happening and subscriber: the same message has the same key,
-- whoever writes it, and a higher revision wins. `status` is waiting, sent, dead or dropped.
CREATE TABLE IF NOT EXISTS {public:Identifier}.alert_outbox
(
    key String,
    subscriber LowCardinality(String),
    alert_id String,
    rule LowCardinality(String),
    scope String,
    kind LowCardinality(String),
    severity LowCardinality(String),
    title String,
    body String,
    event_at DateTime64(3, 'UTC'),
    created_at DateTime64(3, 'UTC'),
    due_at DateTime64(3, 'UTC'),
    escalation Bool,
    status LowCardinality(String),
    attempts UInt16,
    detail String,
    done_at Nullable(DateTime64(3, 'UTC')),
    revision UInt16
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY key;

-- What people said: `ack` of an alert, `silence` of a rule at a place (empty: everywhere) until a time.
CREATE TABLE IF NOT EXISTS {public:Identifier}.alert_actions
(
    at DateTime64(3, 'UTC'),
    who String,
    action LowCardinality(String),
    alert_id String,
    rule String,
    scope String,
    until DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY at;

-- History that comes in is told by when it was received: events are in the order of their own time.
ALTER TABLE {generation:Identifier}.events
    ADD INDEX IF NOT EXISTS received received_at TYPE minmax GRANULARITY 1;

-- Up to when the history reaches that came in during the last minutes: an event that was received more than 15 minutes
-- after its time and is not late is `backfill`. No row while none comes in.
CREATE OR REPLACE VIEW {public:Identifier}.history_now AS
SELECT min(time) AS first_event, max(time) AS last_event, max(received_at) AS last_received_at, count() AS events
FROM events
WHERE received_at > now64(3, 'UTC') - INTERVAL 3 MINUTE AND NOT late AND received_at > time + INTERVAL 15 MINUTE
HAVING events > 0;

-- The alerts that are open: what fired and has not ended. `phase` is firing, or no_data or error where nothing is known now.
CREATE OR REPLACE VIEW {public:Identifier}.alerts_now AS
SELECT alert_id, rule, kpi, scope, place, severity, phase, fired_at, dateDiff('second', fired_at, now64(3, 'UTC')) AS seconds,
    value, limit_value, sample, silent, title_vi, text_vi, acknowledged_by,
    nullIf(first_ack, toDateTime64(0, 3, 'UTC')) AS acknowledged_at, concat('runbook.md#', section) AS runbook
FROM
(
    SELECT alert_id, rule, kpi, scope, place, severity, fired_at, limit_value, silent, title_vi, text_vi, runbook AS section
    FROM {public:Identifier}.alerts FINAL
    WHERE ended_at IS NULL
) AS a
INNER JOIN
(
    SELECT alert_id, phase, value, sample
    FROM {public:Identifier}.alert_states FINAL
    WHERE opened > toDateTime64(0, 3, 'UTC')
) AS s USING (alert_id)
LEFT JOIN
(
    SELECT alert_id, argMin(who, at) AS acknowledged_by, min(at) AS first_ack
    FROM {public:Identifier}.alert_actions
    WHERE action = 'ack'
    GROUP BY alert_id
) AS k USING (alert_id)
SETTINGS join_use_nulls = 0;

-- The alerts of the last 7 days, open ones too; `told` is to how many subscribers it was sent.
CREATE OR REPLACE VIEW {public:Identifier}.alerts_recent AS
SELECT alert_id, rule, kpi, scope, place, severity, fired_at, ended_at, ending,
    dateDiff('second', fired_at, ifNull(ended_at, now64(3, 'UTC'))) AS seconds, value, limit_value, sample, silent, title_vi, text_vi,
    toInt64(sent) AS told, concat('runbook.md#', section) AS runbook
FROM
(
    SELECT alert_id, rule, kpi, scope, place, severity, fired_at, ended_at, ending, value, limit_value, sample, silent, title_vi,
        text_vi, runbook AS section
    FROM {public:Identifier}.alerts FINAL
    WHERE fired_at > now64(3, 'UTC') - INTERVAL 7 DAY
) AS a
LEFT JOIN
(
    SELECT alert_id, uniqExactIf(subscriber, status = 'sent') AS sent
    FROM {public:Identifier}.alert_outbox FINAL
    WHERE created_at > now64(3, 'UTC') - INTERVAL 7 DAY
    GROUP BY alert_id
) AS o USING (alert_id)
SETTINGS join_use_nulls = 0;
