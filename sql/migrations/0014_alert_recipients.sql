-- Whether the alerts work: when somebody last looked at the rules, and how messages to each subscriber fare.

-- One row; the newest counts.
CREATE TABLE IF NOT EXISTS {public:Identifier}.alert_pulse
(
    evaluated_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(evaluated_at)
ORDER BY tuple();

-- Messages of the last 30 days, by subscriber. `failing` ones were tried in vain for ten minutes (8 attempts), or were given
-- up within a day; `overdue_seconds` is how long what is due has waited to be tried.
CREATE OR REPLACE VIEW {public:Identifier}.recipients_now AS
SELECT subscriber, toInt64(countIf(status = 'sent')) AS sent, toInt64(countIf(status = 'waiting')) AS waiting,
    toInt64(countIf((status = 'waiting' AND attempts >= 8) OR (status = 'dead' AND done_at > now64(3, 'UTC') - INTERVAL 1 DAY))) AS failing,
    toInt64(countIf(status = 'dead')) AS given_up,
    toInt64(maxIf(greatest(dateDiff('second', due_at, now64(3, 'UTC')), 0), status = 'waiting')) AS overdue_seconds,
    maxIf(done_at, status = 'sent') AS last_sent_at,
    argMaxIf(detail, created_at, detail != '' AND status != 'dropped') AS trouble
FROM
(
    SELECT subscriber, status, attempts, done_at, due_at, detail, created_at
    FROM {public:Identifier}.alert_outbox FINAL
    WHERE created_at > now64(3, 'UTC') - INTERVAL 30 DAY
)
GROUP BY subscriber;

-- As before, but of 10 minutes: some rules look every 5, and what they find then may have come in before.
CREATE OR REPLACE VIEW {public:Identifier}.history_now AS
SELECT min(time) AS first_event, max(time) AS last_event, max(received_at) AS last_received_at, count() AS events
FROM events
WHERE received_at > now64(3, 'UTC') - INTERVAL 10 MINUTE AND NOT late AND received_at > time + INTERVAL 15 MINUTE
HAVING events > 0;
