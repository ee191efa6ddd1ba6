-- What the outside reads. {public:Identifier} is the database of the views, such as kpi; tables without
-- a database are those of the generation that is being migrated (the connection's database), because the
-- engine takes a parameter inside a view for the parameter of a parameterized view.
-- Every view sums the partials of all Kafka partitions and drops rows and buckets that are zero.

-- The zones of the registry, written by every `kpi migrate`; `park` counts to the scope `parks`.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.zones
(
    zone_id LowCardinality(String),
    park Bool,
    recorded_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY zone_id;

-- Quantile of a DDSketch of relative accuracy 0.01; bucket -1 holds the zeros.
CREATE OR REPLACE FUNCTION kpi_quantile AS (sketch, q) ->
    if(empty(sketch), nan,
        if(arrayElement(mapKeys(mapSort(sketch)),
                arrayFirstIndex(c -> c > floor(q * (arraySum(mapValues(sketch)) - 1)),
                    arrayCumSum(mapValues(mapSort(sketch))))) = -1, 0.,
            pow(1.01 / 0.99, arrayElement(mapKeys(mapSort(sketch)),
                arrayFirstIndex(c -> c > floor(q * (arraySum(mapValues(sketch)) - 1)),
                    arrayCumSum(mapValues(mapSort(sketch)))))) * 2 / (1.01 / 0.99 + 1)));

-- The original of each correction: follows corrections of corrections; a ring counts for its smallest id.
CREATE OR REPLACE FUNCTION kpi_roots AS (ids, targets) ->
    arrayMap(root -> if(has(ids, root),
            tupleElement(arrayFold((walk, step) -> (targets[indexOf(ids, walk.1)], least(walk.2, walk.1)), range(length(ids)), (root, root)), 2),
            root),
        arrayFold((found, step) -> arrayMap(root -> if(has(ids, root), targets[indexOf(ids, root)], root), found),
            range(length(ids)), targets));

CREATE OR REPLACE VIEW {public:Identifier}.events AS
SELECT type, time, id, source, subject, topic, partition, offset, position, received_at,
    corrects_id, corrects_time, correction_kind, simulated, late, payload
FROM events FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW {public:Identifier}.dead_letters AS
SELECT topic, partition, offset, reason, detail, failed_at, status, payload
FROM dead_letters FINAL;

CREATE OR REPLACE VIEW {public:Identifier}.findings AS
SELECT kind, type, subject, ids, at, detail
FROM findings FINAL
WHERE NOT removed;

CREATE OR REPLACE VIEW {public:Identifier}.trade_by_minute AS
SELECT t.window_start AS window_start, t.gate_id AS gate_id, t.direction AS direction, t.regime AS regime,
    t.hs_chapter AS hs_chapter, sum(t.value_usd_minor) AS value_usd_minor, sum(t.net_mass_kg) AS net_mass_kg,
    sum(t.lines) AS lines
FROM trade_minute AS t FINAL
GROUP BY window_start, gate_id, direction, regime, hs_chapter
HAVING value_usd_minor != 0 OR net_mass_kg != 0 OR lines != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW {public:Identifier}.trade_by_day AS
SELECT t.day AS day, t.gate_id AS gate_id, t.direction AS direction, t.regime AS regime,
    t.hs_chapter AS hs_chapter, sum(t.value_usd_minor) AS value_usd_minor, sum(t.net_mass_kg) AS net_mass_kg,
    sum(t.lines) AS lines
FROM trade_day AS t FINAL
GROUP BY day, gate_id, direction, regime, hs_chapter
HAVING value_usd_minor != 0 OR net_mass_kg != 0 OR lines != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW {public:Identifier}.crossings_by_minute AS
SELECT t.window_start AS window_start, t.gate_id AS gate_id, t.direction AS direction,
    t.vehicle_class AS vehicle_class, t.loaded AS loaded, sum(t.vehicles) AS vehicles,
    sum(t.gross_mass_kg) AS gross_mass_kg
FROM crossings_minute AS t FINAL
GROUP BY window_start, gate_id, direction, vehicle_class, loaded
HAVING vehicles != 0 OR gross_mass_kg != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW {public:Identifier}.crossings_by_day AS
SELECT t.day AS day, t.gate_id AS gate_id, t.direction AS direction,
    t.vehicle_class AS vehicle_class, t.loaded AS loaded, sum(t.vehicles) AS vehicles,
    sum(t.gross_mass_kg) AS gross_mass_kg
FROM crossings_day AS t FINAL
GROUP BY day, gate_id, direction, vehicle_class, loaded
HAVING vehicles != 0 OR gross_mass_kg != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW {public:Identifier}.latency_by_minute AS
SELECT s.window_start AS window_start, s.interval AS interval, s.gate_id AS gate_id, s.direction AS direction,
    s.lane_id AS lane_id, s.channel AS channel, s.vehicles AS vehicles, s.within_goal AS within_goal,
    s.total_ms AS total_ms, kpi_quantile(s.sketch, 0.5) AS p50_ms, kpi_quantile(s.sketch, 0.9) AS p90_ms,
    kpi_quantile(s.sketch, 0.95) AS p95_ms, kpi_quantile(s.sketch, 0.99) AS p99_ms, s.sketch AS sketch
FROM
(
    SELECT t.window_start AS window_start, t.interval AS interval, t.gate_id AS gate_id, t.direction AS direction,
        t.lane_id AS lane_id, t.channel AS channel, sum(t.vehicles) AS vehicles,
        sum(t.within_goal) AS within_goal, sum(t.total_ms) AS total_ms,
        mapFilter((bucket, count) -> count != 0, sumMap(t.sketch)) AS sketch
    FROM latency_minute AS t FINAL
    GROUP BY window_start, interval, gate_id, direction, lane_id, channel
    HAVING vehicles != 0 OR within_goal != 0 OR total_ms != 0 OR notEmpty(sketch)
    SETTINGS do_not_merge_across_partitions_select_final = 1
) AS s;

CREATE OR REPLACE VIEW {public:Identifier}.latency_by_day AS
SELECT s.day AS day, s.interval AS interval, s.gate_id AS gate_id, s.direction AS direction,
    s.lane_id AS lane_id, s.channel AS channel, s.vehicles AS vehicles, s.within_goal AS within_goal,
    s.total_ms AS total_ms, kpi_quantile(s.sketch, 0.5) AS p50_ms, kpi_quantile(s.sketch, 0.9) AS p90_ms,
    kpi_quantile(s.sketch, 0.95) AS p95_ms, kpi_quantile(s.sketch, 0.99) AS p99_ms, s.sketch AS sketch
FROM
(
    SELECT t.day AS day, t.interval AS interval, t.gate_id AS gate_id, t.direction AS direction,
        t.lane_id AS lane_id, t.channel AS channel, sum(t.vehicles) AS vehicles,
        sum(t.within_goal) AS within_goal, sum(t.total_ms) AS total_ms,
        mapFilter((bucket, count) -> count != 0, sumMap(t.sketch)) AS sketch
    FROM latency_day AS t FINAL
    GROUP BY day, interval, gate_id, direction, lane_id, channel
    HAVING vehicles != 0 OR within_goal != 0 OR total_ms != 0 OR notEmpty(sketch)
    SETTINGS do_not_merge_across_partitions_select_final = 1
) AS s;

CREATE OR REPLACE VIEW {public:Identifier}.output_by_hour AS
SELECT t.window_start AS window_start, t.zone_id AS zone_id, t.plant_id AS plant_id, t.line_id AS line_id,
    t.product AS product, t.price_basis AS price_basis, sum(t.value_vnd) AS value_vnd,
    toDecimal128(sum(t.quantity_micro), 6) / 1000000 AS quantity, t.unit AS unit, sum(t.reports) AS reports
FROM output_hour AS t FINAL
GROUP BY window_start, zone_id, plant_id, line_id, product, price_basis, unit
HAVING value_vnd != 0 OR quantity != 0 OR reports != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW {public:Identifier}.output_by_day AS
SELECT t.day AS day, t.zone_id AS zone_id, t.plant_id AS plant_id, t.line_id AS line_id,
    t.product AS product, t.price_basis AS price_basis, sum(t.value_vnd) AS value_vnd,
    toDecimal128(sum(t.quantity_micro), 6) / 1000000 AS quantity, t.unit AS unit, sum(t.reports) AS reports
FROM output_day AS t FINAL
GROUP BY day, zone_id, plant_id, line_id, product, price_basis, unit
HAVING value_vnd != 0 OR quantity != 0 OR reports != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- Vehicles of the last 72 hours; older ones are stale and shown apart. No row where nothing waits.
CREATE OR REPLACE VIEW {public:Identifier}.waiting_now AS
SELECT w.gate_id AS gate_id, w.direction AS direction, sumIf(w.waiting, w.age <= 72 * 3600) AS vehicles,
    maxIf(w.age, w.age <= 72 * 3600) AS oldest_seconds,
    sumIf(w.waiting, w.age > 2 * 3600 AND w.age <= 72 * 3600) AS over_2h,
    sumIf(w.waiting, w.age > 72 * 3600) AS stale
FROM
(
    SELECT t.gate_id AS gate_id, t.direction AS direction, t.vehicles AS waiting,
        greatest(0, dateDiff('second', t.arrived_at, now64(3, 'UTC'))) AS age
    FROM waiting AS t FINAL
    WHERE t.vehicles != 0
    SETTINGS do_not_merge_across_partitions_select_final = 1
) AS w
GROUP BY gate_id, direction;

-- Spans end now and are made of whole windows: minutes up to 7 days, local days for month and year.
-- Each window is summed once, into the ring between two spans; a span is the sum of its rings.
CREATE OR REPLACE VIEW {public:Identifier}.trade_rolling AS
SELECT arrayJoin(w.spans) AS span, w.gate_id AS gate_id, w.direction AS direction, w.regime AS regime,
    w.hs_chapter AS hs_chapter, sum(w.value_usd_minor) AS value_usd_minor, sum(w.net_mass_kg) AS net_mass_kg,
    sum(w.lines) AS lines
FROM
(
    SELECT arraySlice(['15m', '1h', '24h', '7d'], multiIf(age < 15, 1, age < 60, 2, age < 1440, 3, 4)) AS spans,
        gate_id, direction, regime, hs_chapter, sum(t.value_usd_minor) AS value_usd_minor,
        sum(t.net_mass_kg) AS net_mass_kg, sum(t.lines) AS lines
    FROM (SELECT *, dateDiff('minute', window_start, now('UTC')) AS age FROM trade_minute FINAL
        WHERE window_start > now('UTC') - INTERVAL 7 DAY AND window_start <= now('UTC')) AS t
    GROUP BY spans, gate_id, direction, regime, hs_chapter
    UNION ALL
    SELECT arraySlice(['mtd', 'ytd'], if(day >= toStartOfMonth(now('Asia/Ho_Chi_Minh')), 1, 2)) AS spans,
        gate_id, direction, regime, hs_chapter, sum(t.value_usd_minor), sum(t.net_mass_kg), sum(t.lines)
    FROM trade_day AS t FINAL
    WHERE day >= toStartOfYear(now('Asia/Ho_Chi_Minh')) AND day <= toDate(now('Asia/Ho_Chi_Minh'))
    GROUP BY spans, gate_id, direction, regime, hs_chapter
) AS w
GROUP BY span, gate_id, direction, regime, hs_chapter
HAVING value_usd_minor != 0 OR net_mass_kg != 0 OR lines != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW {public:Identifier}.latency_rolling AS
SELECT s.span AS span, s.interval AS interval, s.gate_id AS gate_id, s.direction AS direction,
    s.lane_id AS lane_id, s.channel AS channel, s.vehicles AS vehicles, s.within_goal AS within_goal,
    s.total_ms AS total_ms, kpi_quantile(s.sketch, 0.5) AS p50_ms, kpi_quantile(s.sketch, 0.9) AS p90_ms,
    kpi_quantile(s.sketch, 0.95) AS p95_ms, kpi_quantile(s.sketch, 0.99) AS p99_ms, s.sketch AS sketch
FROM
(
    SELECT arrayJoin(w.spans) AS span, w.interval AS interval, w.gate_id AS gate_id, w.direction AS direction,
        w.lane_id AS lane_id, w.channel AS channel, sum(w.vehicles) AS vehicles, sum(w.within_goal) AS within_goal,
        sum(w.total_ms) AS total_ms, mapFilter((bucket, count) -> count != 0, sumMap(w.sketch)) AS sketch
    FROM
    (
        SELECT arraySlice(['15m', '1h', '24h', '7d'], multiIf(age < 15, 1, age < 60, 2, age < 1440, 3, 4)) AS spans,
            interval, gate_id, direction, lane_id, channel, sum(t.vehicles) AS vehicles,
            sum(t.within_goal) AS within_goal, sum(t.total_ms) AS total_ms, sumMap(t.sketch) AS sketch
        FROM (SELECT *, dateDiff('minute', window_start, now('UTC')) AS age FROM latency_minute FINAL
            WHERE window_start > now('UTC') - INTERVAL 7 DAY AND window_start <= now('UTC')) AS t
        GROUP BY spans, interval, gate_id, direction, lane_id, channel
        UNION ALL
        SELECT arraySlice(['mtd', 'ytd'], if(day >= toStartOfMonth(now('Asia/Ho_Chi_Minh')), 1, 2)) AS spans,
            interval, gate_id, direction, lane_id, channel, sum(t.vehicles), sum(t.within_goal), sum(t.total_ms),
            sumMap(t.sketch)
        FROM latency_day AS t FINAL
        WHERE day >= toStartOfYear(now('Asia/Ho_Chi_Minh')) AND day <= toDate(now('Asia/Ho_Chi_Minh'))
        GROUP BY spans, interval, gate_id, direction, lane_id, channel
    ) AS w
    GROUP BY span, interval, gate_id, direction, lane_id, channel
    HAVING vehicles != 0 OR within_goal != 0 OR total_ms != 0 OR notEmpty(sketch)
) AS s
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- Reports are kept by the hour, so the spans up to an hour come from the reports themselves: all that is
-- said of one window, corrections too, has one event time.
CREATE OR REPLACE VIEW {public:Identifier}.output_rolling AS
WITH
    reports AS
    (
        SELECT topic, partition, subject, time, toString(id) AS report_id, toString(corrects_id) AS target,
            correction_kind AS kind, correction_no AS number,
            JSONExtract(payload, 'data', 'Tuple(zone_id String, line_id String, product String, window_start String, quantity String, unit String, value_minor Int64, price_basis String)') AS body
        FROM events FINAL
        WHERE type = 'vn.laocai.kpi.factory.output.v1' AND time > now64(3, 'UTC') - INTERVAL 1 HOUR
            AND time <= now64(3, 'UTC') + INTERVAL 65 MINUTE
        SETTINGS do_not_merge_across_partitions_select_final = 1
    ),
    roots AS
    (
        SELECT topic, partition, subject, time, link.1 AS report_id, link.2 AS root
        FROM
        (
            SELECT topic, partition, subject, time, groupArray(report_id) AS ids,
                groupArray(assumeNotNull(target)) AS targets
            FROM reports
            WHERE kind != ''
            GROUP BY topic, partition, subject, time
        )
        ARRAY JOIN arrayZip(ids, kpi_roots(ids, targets)) AS link
    ),
    standing AS
    (
        SELECT r.topic AS topic, r.partition AS partition, r.subject AS plant_id, r.time AS time,
            if(r.kind = '', r.report_id, c.root) AS root,
            argMax((r.kind, r.body), (if(r.kind = '', 0, r.number), r.report_id)) AS fact
        FROM reports AS r
        LEFT JOIN roots AS c ON c.topic = r.topic AND c.partition = r.partition AND c.subject = r.subject
            AND c.time = r.time AND c.report_id = r.report_id
        GROUP BY topic, partition, plant_id, time, root
        HAVING fact.1 != 'cancel'
    ),
    counted AS
    (
        SELECT plant_id, parseDateTime64BestEffort(fact.2.window_start, 3, 'UTC') AS started_at,
            argMin(fact.2, root) AS body
        FROM standing
        GROUP BY topic, partition, plant_id, fact.2.line_id, fact.2.product, started_at
    )
SELECT arrayJoin(w.spans) AS span, w.zone_id AS zone_id, w.plant_id AS plant_id, w.line_id AS line_id,
    w.product AS product, w.price_basis AS price_basis, sum(w.value_vnd) AS value_vnd,
    toDecimal128(sum(w.quantity_micro), 6) / 1000000 AS quantity, w.unit AS unit, sum(w.reports) AS reports
FROM
(
    SELECT arraySlice(['15m', '1h'], if(started_at > now64(3, 'UTC') - INTERVAL 15 MINUTE, 1, 2)) AS spans,
        body.zone_id AS zone_id, plant_id, body.line_id AS line_id, body.product AS product,
        body.price_basis AS price_basis, body.value_minor AS value_vnd,
        toInt64(toDecimal128(body.quantity, 6) * 1000000) AS quantity_micro, body.unit AS unit, 1 AS reports
    FROM counted
    WHERE started_at > now64(3, 'UTC') - INTERVAL 1 HOUR AND started_at <= now64(3, 'UTC')
    UNION ALL
    SELECT arraySlice(['24h', '7d'], if(window_start > now('UTC') - INTERVAL 1 DAY, 1, 2)) AS spans,
        zone_id, plant_id, line_id, product, price_basis, sum(t.value_vnd), sum(t.quantity_micro), unit, sum(t.reports)
    FROM output_hour AS t FINAL
    WHERE window_start > now('UTC') - INTERVAL 7 DAY AND window_start <= now('UTC')
    GROUP BY spans, zone_id, plant_id, line_id, product, price_basis, unit
    UNION ALL
    SELECT arraySlice(['mtd', 'ytd'], if(day >= toStartOfMonth(now('Asia/Ho_Chi_Minh')), 1, 2)) AS spans,
        zone_id, plant_id, line_id, product, price_basis, sum(t.value_vnd), sum(t.quantity_micro), unit, sum(t.reports)
    FROM output_day AS t FINAL
    WHERE day >= toStartOfYear(now('Asia/Ho_Chi_Minh')) AND day <= toDate(now('Asia/Ho_Chi_Minh'))
    GROUP BY spans, zone_id, plant_id, line_id, product, price_basis, unit
) AS w
GROUP BY span, zone_id, plant_id, line_id, product, price_basis, unit
HAVING value_vnd != 0 OR quantity != 0 OR reports != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- The latest state of each gate by (time, id), and since when its state has been that.
CREATE OR REPLACE VIEW {public:Identifier}.gates_now AS
SELECT g.gate_id AS gate_id, g.newest.1 AS state, g.newest.2 AS counterpart_state, g.newest.3 AS reason,
    arrayMin(arrayFilter((at, had) -> at > arrayMax(arrayPushFront(arrayMap((a, h) -> if(h = g.newest.1, toDateTime64(0, 3, 'UTC'), a), g.times, g.states), toDateTime64(0, 3, 'UTC'))), g.times, g.states)) AS since,
    g.newest.4 AS lanes_open, g.newest.5 AS lanes_max, g.newest.6 AS yard_present, g.newest.7 AS yard_capacity
FROM
(
    SELECT gate_id, groupArray(time) AS times, groupArray(state) AS states,
        argMax((state, counterpart_state, reason, lanes_open, lanes_max, yard_present, yard_capacity),
            (time, toString(id))) AS newest
    FROM gate_states FINAL
    WHERE NOT removed
    GROUP BY gate_id
) AS g;

-- Local calendar years. A year without a record of its own shows the last one in force, `carried`.
-- Figures that nothing here measures (the budget, service time as a target) have no actual value. `as_of` is
-- the newest event of the indicator's topic, where that is older than a week the end of the newest day that counts.
CREATE OR REPLACE VIEW {public:Identifier}.progress AS
WITH
    toYear(now('Asia/Ho_Chi_Minh')) AS this_year,
    records AS
    (
        SELECT indicator, scope, year, argMax((currency, qualifier, value_minor), (effective_from, time, toString(id))) AS target
        FROM targets FINAL
        WHERE NOT removed AND effective_from <= toDate(now('Asia/Ho_Chi_Minh'))
        GROUP BY indicator, scope, year
    ),
    rows AS
    (
        SELECT indicator, scope, year, arrayLast(record -> record.1 <= year, own) AS record
        FROM
        (
            SELECT indicator, scope, arraySort(groupArray((year, target))) AS own
            FROM records
            GROUP BY indicator, scope
        )
        ARRAY JOIN range(toUInt32(own[1].1), greatest(own[-1].1, this_year) + 1) AS year
    ),
    actuals AS
    (
        SELECT 'trade_value' AS indicator, arrayJoin(['lao-cai', toString(gate_id)]) AS scope, toYear(day) AS year,
            sum(value_usd_minor) AS actual_minor, max(day) AS last_day
        FROM trade_day FINAL
        WHERE lines != 0
        GROUP BY indicator, scope, year
        UNION ALL
        SELECT 'industrial_output' AS indicator,
            arrayJoin(if(zone_id IN (SELECT zone_id FROM zones FINAL WHERE park),
                ['lao-cai', 'parks', toString(zone_id)], ['lao-cai', toString(zone_id)])) AS scope,
            toYear(day) AS year, sum(value_vnd) AS actual_minor, max(day) AS last_day
        FROM output_day FINAL
        WHERE reports != 0
        GROUP BY indicator, scope, year
    ),
    newest AS
    (
        SELECT 'trade_value' AS indicator, max(time) AS last_time
        FROM events
        WHERE type = 'vn.laocai.kpi.gate.crossing.v1' AND time > now64(3, 'UTC') - INTERVAL 7 DAY
        UNION ALL
        SELECT 'industrial_output' AS indicator, max(time) AS last_time
        FROM events
        WHERE type = 'vn.laocai.kpi.factory.output.v1' AND time > now64(3, 'UTC') - INTERVAL 7 DAY
    )
SELECT r.indicator AS indicator, r.scope AS scope, toUInt16(r.year) AS year, r.record.2.1 AS currency,
    r.record.2.2 AS qualifier, r.record.2.3 AS target_minor,
    if(r.indicator IN ('trade_value', 'industrial_output'), a.actual_minor, NULL) AS actual_minor,
    actual_minor / target_minor * 100 AS percent, CAST(r.record.1 != r.year, 'Bool') AS carried,
    multiIf(
        toYear(n.last_time, 'Asia/Ho_Chi_Minh') = r.year, n.last_time,
        toUInt16(a.last_day) = 0, NULL,
        toTimezone(toDateTime64(a.last_day + 1, 3, 'Asia/Ho_Chi_Minh'), 'UTC') - INTERVAL 1 MILLISECOND) AS as_of
FROM rows AS r
LEFT JOIN actuals AS a ON a.indicator = r.indicator AND a.scope = r.scope AND a.year = r.year
LEFT JOIN newest AS n ON n.indicator = r.indicator
SETTINGS join_use_nulls = 0, do_not_merge_across_partitions_select_final = 1;

-- One row a source and one a topic; the age is that of the newest event time. Sources that were silent for a
-- month are not shown, except where events are rare; max() needs no FINAL.
CREATE OR REPLACE VIEW {public:Identifier}.freshness AS
SELECT name AS source, max(n.last_event_time) AS last_event_time, max(n.last_received_at) AS last_received_at,
    greatest(0, dateDiff('second', last_event_time, now64(3, 'UTC'))) AS age_seconds
FROM
(
    SELECT topic, source, max(time) AS last_event_time, max(received_at) AS last_received_at
    FROM events
    WHERE time > now64(3, 'UTC') - INTERVAL 31 DAY
    GROUP BY topic, source
    UNION ALL
    SELECT topic, source, max(time), max(received_at)
    FROM events
    WHERE type IN ('vn.laocai.kpi.gate.state.v1', 'vn.laocai.kpi.target.v1')
    GROUP BY topic, source
) AS n
ARRAY JOIN [toString(n.topic), toString(n.source)] AS name
GROUP BY source;
