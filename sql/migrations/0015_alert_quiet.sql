-- What keeps alerts quiet, and for whom: a silence that ends tells what is open still, and history only what it touches.

-- `hushed`: it opened while people asked for silence, and nobody was told yet. `corrections`: how many changes of its word
-- were corrected; what comes true again after one has another name.
ALTER TABLE {public:Identifier}.alert_states ADD COLUMN IF NOT EXISTS hushed Bool AFTER silent;
ALTER TABLE {public:Identifier}.alert_states ADD COLUMN IF NOT EXISTS corrections UInt32 AFTER window;

-- The `backfill` events of the last 10 minutes, by topic and by the gate or zone that their source names.
CREATE OR REPLACE VIEW {public:Identifier}.history_by_place AS
SELECT toString(topic) AS topic, splitByChar('/', toString(source))[4] AS scope, min(time) AS first_event, max(time) AS last_event,
    max(received_at) AS last_received_at, count() AS events
FROM events
WHERE received_at > now64(3, 'UTC') - INTERVAL 10 MINUTE AND NOT late AND received_at > time + INTERVAL 15 MINUTE
GROUP BY topic, scope;

-- All of them together; no row while none comes in.
CREATE OR REPLACE VIEW {public:Identifier}.history_now AS
SELECT min(h.first_event) AS first_event, max(h.last_event) AS last_event, max(h.last_received_at) AS last_received_at, sum(h.events) AS events
FROM {public:Identifier}.history_by_place AS h
HAVING events > 0;
