-- How long vehicles take, told so that a jam cannot hide: by day and by shift, with the buffer that a trader plans
-- for; within the gates' opening hours beside wall-clock time; by agency and step; and how each gate clears now.
-- Hours and shifts are applied at reading: the fold keeps only what the events say, so that no change of the
-- registry ever makes a stored number wrong.

-- One row a finished gate dwell or clearance: when it ended and when it began (ms). `stops` counts the steps at
-- which some agency stopped the vehicle, on clearances.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.finished
(
    ended_at DateTime64(3, 'UTC'),
    interval LowCardinality(String),
    gate_id LowCardinality(String),
    direction LowCardinality(String),
    lane_id LowCardinality(String),
    channel LowCardinality(String),
    started_ms Int64,
    topic LowCardinality(String),
    partition UInt16,
    vehicles Int64,
    stops Int64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(ended_at)
ORDER BY (ended_at, interval, gate_id, direction, lane_id, channel, started_ms, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

-- Steps of the paperwork (`docs`, `inspection`) by the agency that did them, in the local day of their end.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.steps_day
(
    day Date,
    agency LowCardinality(String),
    step LowCardinality(String),
    gate_id LowCardinality(String),
    direction LowCardinality(String),
    channel LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    vehicles Int64,
    total_ms Int64,
    sketch Map(Int16, Int64),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (day, agency, step, gate_id, direction, channel, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

-- One row a time at which an agency took a vehicle: 1 while it holds it, 0 after.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.holding
(
    held_at DateTime64(3, 'UTC'),
    gate_id LowCardinality(String),
    direction LowCardinality(String),
    agency LowCardinality(String),
    step LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    vehicles Int64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(held_at)
ORDER BY (held_at, gate_id, direction, agency, step, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

-- The ordinary opening hours of the registry's gates, in minutes after local midnight; written by `kpi migrate`.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.gate_hours
(
    gate_id LowCardinality(String),
    opens_minute UInt16,
    closes_minute UInt16,
    recorded_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY gate_id;

-- The registry's shifts in the order of the day: names, and the minutes after local midnight at which they begin.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.shifts
(
    scope LowCardinality(String),
    names Array(String),
    starts Array(UInt16),
    recorded_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY scope;

-- Open time a day, and before and between moments (ms since 1970), for hours in minutes: streams/core/opening.py.
-- Asia/Ho_Chi_Minh is seven hours ahead of UTC the whole year.
CREATE OR REPLACE FUNCTION kpi_day_open_ms AS (opens, closes) ->
    (toInt64(closes) - opens + if(closes > opens, 0, 1440)) * 60000;

CREATE OR REPLACE FUNCTION kpi_open_before AS (at_ms, opens, closes) ->
    intDiv(at_ms + 25200000 - toInt64(opens) * 60000, 86400000) * kpi_day_open_ms(opens, closes)
        + least(modulo(at_ms + 25200000 - toInt64(opens) * 60000, 86400000), kpi_day_open_ms(opens, closes));

CREATE OR REPLACE FUNCTION kpi_open_ms AS (start_ms, end_ms, opens, closes) ->
    kpi_open_before(end_ms, opens, closes) - kpi_open_before(start_ms, opens, closes);

-- The sample's value of rank floor(q (n - 1)), as `kpi_quantile` ranks; the sample is sorted.
CREATE OR REPLACE FUNCTION kpi_exact_quantile AS (sorted, q) ->
    if(empty(sorted), nan, toFloat64(sorted[toUInt32(floor(q * (length(sorted) - 1))) + 1]));

-- Kaplan, Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958): the share still there
-- after each finished stay (sorted) is the product of 1 - 1 / (those that stayed at least as long). A vehicle that
-- waits counts among them up to its present age.
CREATE OR REPLACE FUNCTION kpi_survival AS (finished, ages) ->
    arrayMap(total -> exp(total), arrayCumSum(arrayMap((stay, n) ->
        log(1 - 1 / (length(finished) - n + 1 + arrayCount(age -> age >= stay, ages))),
        finished, arrayEnumerate(finished))));

-- The number of the stay after which 1 - q are still there, 0 where so many have not left yet; 1e-9 is for rounding.
CREATE OR REPLACE FUNCTION kpi_survival_rank AS (survival, q) ->
    arrayFirstIndex(share -> share <= 1 - q + 1e-9, survival);

-- Each local day: the goal, the mean and the buffer to plan for (FHWA: p95 - mean, and its share of the mean), and
-- beside wall-clock time the time within opening hours, of the very same vehicles.
CREATE OR REPLACE VIEW {public:Identifier}.latency_summary AS
SELECT s.day AS day, s.interval AS interval, s.gate_id AS gate_id, s.direction AS direction, s.lane_id AS lane_id,
    s.channel AS channel, s.vehicles AS vehicles,
    if(s.interval = 'booth_service', s.within_goal / s.vehicles * 100, NULL) AS within_goal_percent,
    s.total_ms / s.vehicles AS mean_ms, kpi_quantile(s.sketch, 0.5) AS p50_ms, kpi_quantile(s.sketch, 0.9) AS p90_ms,
    kpi_quantile(s.sketch, 0.95) AS p95_ms, kpi_quantile(s.sketch, 0.99) AS p99_ms,
    greatest(0, p95_ms - mean_ms) AS buffer_ms, buffer_ms / nullIf(mean_ms, 0) AS buffer_index,
    if(empty(s.open_ms), NULL, arrayAvg(s.open_ms)) AS open_mean_ms,
    if(empty(s.open_ms), NULL, kpi_exact_quantile(s.open_ms, 0.5)) AS open_p50_ms,
    if(empty(s.open_ms), NULL, kpi_exact_quantile(s.open_ms, 0.9)) AS open_p90_ms,
    if(empty(s.open_ms), NULL, kpi_exact_quantile(s.open_ms, 0.95)) AS open_p95_ms,
    if(s.interval = 'clearance', s.stops / s.vehicles, NULL) AS stops_mean,
    if(s.interval = 'clearance', s.stops_max, NULL) AS stops_max
FROM
(
    SELECT w.day AS day, w.interval AS interval, w.gate_id AS gate_id, w.direction AS direction, w.lane_id AS lane_id,
        w.channel AS channel, sum(w.vehicles) AS vehicles, sum(w.within_goal) AS within_goal,
        sum(w.total_ms) AS total_ms, mapFilter((bucket, count) -> count != 0, sumMap(w.sketch)) AS sketch,
        arraySort(groupArrayArray(w.open_ms)) AS open_ms, sum(w.stops) AS stops, max(w.stops_max) AS stops_max
    FROM
    (
        SELECT t.day AS day, t.interval AS interval, t.gate_id AS gate_id, t.direction AS direction,
            t.lane_id AS lane_id, t.channel AS channel, t.vehicles AS vehicles, t.within_goal AS within_goal,
            t.total_ms AS total_ms, t.sketch AS sketch, CAST([], 'Array(Int64)') AS open_ms, 0::Int64 AS stops,
            0::Int64 AS stops_max
        FROM latency_day AS t FINAL
        UNION ALL
        SELECT toDate(f.ended_at, 'Asia/Ho_Chi_Minh') AS day, f.interval, f.gate_id, f.direction, f.lane_id, f.channel,
            0, 0, 0, CAST(map(), 'Map(Int16, Int64)'),
            if(h.gate_id = '', [], arrayWithConstant(f.vehicles,
                kpi_open_ms(f.started_ms, toUnixTimestamp64Milli(f.ended_at), h.opens_minute, h.closes_minute))),
            f.stops, intDiv(f.stops, f.vehicles)
        FROM finished AS f FINAL
        LEFT JOIN (SELECT * FROM gate_hours FINAL) AS h ON h.gate_id = f.gate_id
        WHERE f.vehicles > 0
    ) AS w
    GROUP BY day, interval, gate_id, direction, lane_id, channel
    HAVING vehicles != 0
) AS s
SETTINGS join_use_nulls = 0, do_not_merge_across_partitions_select_final = 1;

-- The same by shift: a day of shifts begins with the first of them, so what crosses midnight stays with the day on
-- which it began.
CREATE OR REPLACE VIEW {public:Identifier}.latency_by_shift AS
WITH
    (SELECT argMax(starts, recorded_at) FROM shifts) AS starts,
    (SELECT argMax(names, recorded_at) FROM shifts) AS names
SELECT s.day AS day, s.shift AS shift, s.interval AS interval, s.gate_id AS gate_id, s.direction AS direction,
    s.lane_id AS lane_id, s.channel AS channel, s.vehicles AS vehicles, s.within_goal AS within_goal,
    if(s.interval = 'booth_service', s.within_goal / s.vehicles * 100, NULL) AS within_goal_percent,
    s.total_ms AS total_ms, s.total_ms / s.vehicles AS mean_ms, kpi_quantile(s.sketch, 0.5) AS p50_ms,
    kpi_quantile(s.sketch, 0.9) AS p90_ms, kpi_quantile(s.sketch, 0.95) AS p95_ms,
    kpi_quantile(s.sketch, 0.99) AS p99_ms, greatest(0, p95_ms - mean_ms) AS buffer_ms,
    buffer_ms / nullIf(mean_ms, 0) AS buffer_index, s.sketch AS sketch
FROM
(
    SELECT toDate(t.window_start - toIntervalMinute(starts[1]), 'Asia/Ho_Chi_Minh') AS day,
        names[arrayLastIndex(start -> (toInt32(start) - starts[1]) * 60 <=
            (toUnixTimestamp(t.window_start) + 25200 - starts[1] * 60) % 86400, starts)] AS shift,
        t.interval AS interval, t.gate_id AS gate_id, t.direction AS direction, t.lane_id AS lane_id,
        t.channel AS channel, sum(t.vehicles) AS vehicles, sum(t.within_goal) AS within_goal,
        sum(t.total_ms) AS total_ms, mapFilter((bucket, count) -> count != 0, sumMap(t.sketch)) AS sketch
    FROM latency_minute AS t FINAL
    WHERE notEmpty(starts)
    GROUP BY day, shift, interval, gate_id, direction, lane_id, channel
    HAVING vehicles != 0
) AS s
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW {public:Identifier}.steps_by_day AS
SELECT s.day AS day, s.agency AS agency, s.step AS step, s.gate_id AS gate_id, s.direction AS direction,
    s.channel AS channel, s.vehicles AS vehicles, s.total_ms AS total_ms, s.total_ms / s.vehicles AS mean_ms,
    kpi_quantile(s.sketch, 0.5) AS p50_ms, kpi_quantile(s.sketch, 0.9) AS p90_ms,
    kpi_quantile(s.sketch, 0.95) AS p95_ms, kpi_quantile(s.sketch, 0.99) AS p99_ms, s.sketch AS sketch
FROM
(
    SELECT t.day AS day, t.agency AS agency, t.step AS step, t.gate_id AS gate_id, t.direction AS direction,
        t.channel AS channel, sum(t.vehicles) AS vehicles, sum(t.total_ms) AS total_ms,
        mapFilter((bucket, count) -> count != 0, sumMap(t.sketch)) AS sketch
    FROM steps_day AS t FINAL
    GROUP BY day, agency, step, gate_id, direction, channel
    HAVING vehicles != 0
    SETTINGS do_not_merge_across_partitions_select_final = 1
) AS s;

-- What was taken in the last 72 hours, as `waiting_now`. No row where nothing is held.
CREATE OR REPLACE VIEW {public:Identifier}.holding_now AS
SELECT t.gate_id AS gate_id, t.direction AS direction, t.agency AS agency, t.step AS step,
    sum(t.vehicles) AS vehicles, greatest(0, dateDiff('second', min(t.held_at), now64(3, 'UTC'))) AS oldest_seconds
FROM (SELECT * FROM holding FINAL WHERE held_at > now64(3, 'UTC') - INTERVAL 72 HOUR) AS t
WHERE t.vehicles != 0
GROUP BY gate_id, direction, agency, step
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- How each gate clears now, a row for each direction of every gate; the definition `clearing_verdict` has the rule.
-- Every signal is one row of (what, when, how much), so that a gate without any of them still shows. Hours are those
-- that the gate announced last, else its ordinary ones.
CREATE OR REPLACE VIEW {public:Identifier}.clearing_now AS
WITH
    toUnixTimestamp64Milli(now64(3, 'UTC')) AS now_ms,
    72 * 3600000 AS stale_after, 60 * 60000 AS stuck_after, 120 * 60000 AS slow_after, 90 * 60000 AS known_for,
    ['outbound', 'inbound'] AS directions,
    signals AS
    (
        SELECT toString(gate_id) AS gate, arrayJoin(directions) AS side, 'ordinary' AS signal,
            toInt64(opens_minute) AS at_ms, toInt64(closes_minute) AS amount, '' AS word
        FROM gate_hours FINAL
        UNION ALL
        SELECT gate_id, arrayJoin(directions), 'announced', hours.1, hours.2, ''
        FROM
        (
            SELECT gate_id, arrayMap(clock -> toInt64OrZero(substring(clock, 1, 2)) * 60 + toInt64OrZero(substring(clock, 4, 2)),
                argMax([opens_at, closes_at], (time, toString(id)))) AS clocks, (clocks[1], clocks[2]) AS hours
            FROM gate_states FINAL
            WHERE NOT removed AND time <= now64(3, 'UTC') AND opens_at != '' AND closes_at != ''
            GROUP BY gate_id
        )
        UNION ALL
        SELECT gate_id, arrayJoin(directions), 'stands', 0, 0, argMax(concat(state, '/', counterpart_state), (time, toString(id)))
        FROM gate_states FINAL
        WHERE NOT removed AND time <= now64(3, 'UTC')
        GROUP BY gate_id
        UNION ALL
        SELECT splitByChar('/', toString(source))[4] AS heard_of, arrayJoin(directions), 'heard', toUnixTimestamp64Milli(max(time)), 1, ''
        FROM events
        WHERE type IN ('vn.laocai.kpi.gate.crossing.v1', 'vn.laocai.kpi.gate.state.v1')
            AND time > now64(3, 'UTC') - INTERVAL 3 DAY AND time <= now64(3, 'UTC')
            AND heard_of IN (SELECT toString(gate_id) FROM gate_hours)
        GROUP BY heard_of
        UNION ALL
        SELECT gate_id, direction, 'waits', toUnixTimestamp64Milli(arrived_at), vehicles, ''
        FROM waiting FINAL
        WHERE vehicles > 0
        UNION ALL
        SELECT gate_id, direction, 'crossed', toInt64(toUnixTimestamp(window_start)) * 1000, vehicles, ''
        FROM crossings_minute FINAL
        WHERE window_start > now('UTC') - INTERVAL 3 DAY AND window_start <= now('UTC') AND vehicles > 0
        UNION ALL
        SELECT gate_id, direction, 'stayed', toUnixTimestamp64Milli(ended_at) - started_ms, vehicles, ''
        FROM finished FINAL
        WHERE ended_at > now64(3, 'UTC') - INTERVAL 4 HOUR AND ended_at <= now64(3, 'UTC')
            AND interval = 'gate_dwell' AND vehicles > 0
    ),
    gathered AS
    (
        SELECT gate, side, splitByChar('/', anyIf(word, signal = 'stands')) AS words,
            words[1] AS state, words[2] AS counterpart_state,
            argMax(at_ms, (signal = 'announced') * 2 + (signal = 'ordinary')) AS opens,
            argMax(amount, (signal = 'announced') * 2 + (signal = 'ordinary')) AS closes,
            countIf(signal IN ('announced', 'ordinary')) > 0 AS has_hours,
            sumIf(amount, signal = 'waits' AND now_ms - at_ms <= stale_after) AS waits,
            sumIf(amount, signal = 'waits' AND now_ms - at_ms > stale_after) AS stale_waits,
            sumIf(amount, signal = 'waits' AND now_ms - at_ms BETWEEN 7200001 AND stale_after) AS long_waits,
            minIf(at_ms, signal = 'waits' AND now_ms - at_ms <= stale_after) AS oldest_at,
            sumIf(amount, signal = 'crossed' AND now_ms - at_ms < 900000) AS last_15m,
            sumIf(amount, signal = 'crossed' AND now_ms - at_ms < 3600000) AS last_1h,
            maxIf(at_ms, signal = 'crossed') AS crossed_at, maxIf(at_ms, signal = 'heard') AS heard_at,
            arraySort(groupArrayArrayIf(arrayWithConstant(amount, at_ms), signal = 'stayed')) AS stays,
            groupArrayArrayIf(arrayWithConstant(amount, least(at_ms, now_ms)),
                signal = 'waits' AND now_ms - at_ms <= stale_after) AS arrivals
        FROM signals
        GROUP BY gate, side
    ),
    measured AS
    (
        SELECT *, arrayMap(at -> now_ms - at, arrivals) AS ages, kpi_survival(stays, ages) AS survival, kpi_survival_rank(survival, 0.5) AS half,
            kpi_survival_rank(survival, 0.9) AS most, arrayMax(arrayConcat([0], stays, ages)) AS longest,
            kpi_open_before(now_ms, opens, closes) AS now_open, kpi_day_open_ms(opens, closes) AS day_open,
            if(waits > 0, greatest(0, now_open - kpi_open_before(oldest_at, opens, closes)), 0) AS oldest_open,
            arrayCount(at -> now_open - kpi_open_before(at, opens, closes) > slow_after, arrivals) AS slow_waits,
            now_open - kpi_open_before(crossed_at, opens, closes) AS uncrossed_open,
            -- A gate that closed has nothing more to say for that day's hours.
            kpi_open_before(heard_at, opens, closes) AS heard_open,
            now_open - if(state = 'closed', intDiv(heard_open + day_open - 1, day_open) * day_open, heard_open) AS silent_open,
            -- The last hour, or what of it has gone by since the gate's hours began.
            modulo(now_ms + 25200000 - opens * 60000, 86400000) AS opened_for,
            if(day_open < 86400000 AND opened_for < 3600000, greatest(opened_for, 60000), 3600000) AS rate_ms
        FROM gathered
    )
SELECT gate AS gate_id, side AS direction,
    CAST(multiIf(
        state = '' OR NOT has_hours OR silent_open >= known_for, 'no_data',
        state = 'closed', 'closed',
        waits > 0 AND oldest_open >= stuck_after AND uncrossed_open >= stuck_after, 'not_clearing',
        slow_waits * 2 > waits OR last_1h > 0 AND waits * rate_ms > last_1h * slow_after, 'slow',
        waits = 0 AND last_1h = 0, 'idle',
        'clearing'),
        'Enum8(''clearing'' = 1, ''slow'' = 2, ''not_clearing'' = 3, ''idle'' = 4, ''closed'' = 5, ''no_data'' = 6)') AS verdict,
    state, counterpart_state, toInt64(waits) AS vehicles, toInt64(long_waits) AS over_2h,
    if(waits > 0, greatest(0, intDiv(now_ms - oldest_at, 1000)), 0) AS oldest_seconds,
    intDiv(oldest_open, 1000) AS oldest_open_seconds, toInt64(stale_waits) AS stale, last_15m AS crossed_15m,
    last_1h AS crossed_1h, multiIf(waits = 0, 0, last_1h = 0, NULL, intDiv(waits * rate_ms, last_1h * 1000)) AS drain_seconds,
    toInt64(length(stays)) AS finished, if(empty(stays), NULL, kpi_exact_quantile(stays, 0.5)) AS finished_p50_ms,
    if(empty(stays) AND empty(ages), NULL, toFloat64(if(half > 0, stays[half], longest))) AS dwell_p50_ms,
    CAST(half > 0, 'Bool') AS dwell_p50_reached,
    if(empty(stays) AND empty(ages), NULL, toFloat64(if(most > 0, stays[most], longest))) AS dwell_p90_ms,
    CAST(most > 0, 'Bool') AS dwell_p90_reached,
    if(heard_at = 0, NULL, greatest(0, intDiv(now_ms - heard_at, 1000))) AS heard_seconds
FROM measured
SETTINGS do_not_merge_across_partitions_select_final = 1;
