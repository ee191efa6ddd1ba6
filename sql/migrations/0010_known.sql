-- What is known, and for how long: a word that a gate said months ago is not how it stands because traffic is heard.

-- Until when a gate's state is known that was said at one moment and whose gate was heard of at another: for 90 minutes
-- of its hours. Traffic vouches for what was said for as many hours as a day of the gate has; it never says that a gate
-- is closed, and one that said so has nothing to say for the rest of that day's hours.
CREATE OR REPLACE FUNCTION kpi_vouched_until AS (heard_at, said_at, state, opens, length) ->
    kpi_open_moment(5400 + if(state = 'closed',
            intDiv(kpi_open_seconds(said_at, opens, length) + length - 1, length) * length,
            least(kpi_open_seconds(heard_at, opens, length), kpi_open_seconds(said_at, opens, length) + length)),
        opens, length);

-- What each gate of the registry last said and when it was last heard of. Its hours are those that it announced
-- last, else its ordinary ones.
CREATE OR REPLACE VIEW {generation:Identifier}.gates_latest AS
SELECT g.gate_id AS gate_id, g.opens_at AS ordinary_opens_at, g.closes_at AS ordinary_closes_at,
    s.hours.1 AS announced_opens_at, s.hours.2 AS announced_closes_at,
    if(announced_opens_at = '', g.opens_at, announced_opens_at) AS opens_at,
    if(announced_opens_at = '', g.closes_at, announced_closes_at) AS closes_at,
    kpi_clock_seconds(opens_at) AS opens, kpi_open_length(opens_at, closes_at) AS length,
    g.yard_capacity AS ordinary_yard_capacity, g.basis AS basis, s.newest.1 AS state, s.newest.2 AS counterpart_state,
    s.newest.3 AS reason, s.newest.4 AS lanes_open, s.newest.5 AS lanes_max, s.newest.6 AS yard_present,
    s.newest.7 AS yard_capacity, if(state = '', NULL, s.said_at) AS said_at,
    nullIf(greatest(s.said_at, t.heard_at), toDateTime64(0, 3, 'UTC')) AS heard_at,
    if(state = '', NULL, kpi_vouched_until(assumeNotNull(heard_at), s.said_at, state, opens, length)) AS known_until,
    if(known_until IS NULL OR known_until <= now('UTC'), 'no_data', state) AS status
FROM (SELECT * FROM gates FINAL) AS g
LEFT JOIN
(
    SELECT gate_id, max(time) AS said_at,
        argMax((state, counterpart_state, reason, lanes_open, lanes_max, yard_present, yard_capacity),
            (time, toString(id))) AS newest,
        argMaxIf((opens_at, closes_at), (time, toString(id)), opens_at != '' AND closes_at != '') AS hours
    FROM gate_states FINAL
    WHERE NOT removed AND time <= now64(3, 'UTC')
    GROUP BY gate_id
) AS s ON s.gate_id = g.gate_id
LEFT JOIN
(
    SELECT gate_id, toDateTime64(max(at), 3, 'UTC') AS heard_at
    FROM gate_traffic
    WHERE quarter >= now('UTC') - INTERVAL 3 DAY
    GROUP BY gate_id
) AS t ON t.gate_id = g.gate_id
SETTINGS join_use_nulls = 0;

-- How each gate stood, merged where nothing changed; the last row is how it stands (`ended_at` is NULL then).
CREATE OR REPLACE VIEW {generation:Identifier}.gate_periods AS
WITH
    signs AS
    (
        SELECT gate_id, time AS at, toString(id) AS id, (state, counterpart_state, reason) AS said,
            if(opens_at = '' OR closes_at = '', (0, 0), (kpi_clock_seconds(opens_at), kpi_open_length(opens_at, closes_at))) AS hours
        FROM gate_states FINAL
        WHERE NOT removed AND time <= now64(3, 'UTC')
        UNION ALL
        SELECT gate_id, toDateTime64(at, 3, 'UTC'), '', ('', '', ''), (0, 0)
        FROM gate_traffic
    ),
    gathered AS
    (
        -- What traffic does not say stays as it was said last; `hours` begin as the ordinary ones.
        SELECT s.gate_id AS gate_id,
            arraySort(x -> (x.1, x.2), groupArray((s.at, s.id, s.said, s.hours))) AS list,
            list.1 AS times,
            arrayFill(said -> said.1 != '', list.3) AS words,
            arrayFill((at, said) -> said.1 != '', times, list.3) AS said_times,
            (kpi_clock_seconds(any(g.opens_at)), kpi_open_length(any(g.opens_at), any(g.closes_at))) AS ordinary,
            arrayMap(h -> if(h.2 = 0, ordinary, h), arrayFill(h -> h.2 != 0, list.4)) AS all_hours,
            arrayPushBack(arrayPopFront(times), now64(3, 'UTC')) AS next_times
        FROM signs AS s
        INNER JOIN (SELECT * FROM gates FINAL) AS g ON g.gate_id = s.gate_id
        GROUP BY gate_id
    ),
    begun AS
    (
        SELECT gate_id,
            arrayFlatten(arrayMap((at, next, said, until) -> multiIf(
                    said.1 = '' OR until <= at, [(at, ('no_data', '', ''))],
                    until < next, [(at, said), (toDateTime64(until, 3, 'UTC'), ('no_data', '', ''))],
                    [(at, said)]),
                times, next_times, words,
                arrayMap((at, said_at, said, h) -> kpi_vouched_until(at, said_at, said.1, h.1, h.2),
                    times, said_times, words, all_hours))) AS all_begun,
            arrayFilter((one, before) -> one.2 != before, all_begun,
                arrayPushFront(arrayPopBack(all_begun.2), ('', '', ''))) AS changes
        FROM gathered
    )
SELECT gate_id, change.1 AS started_at, nullIf(next_at, toDateTime64(0, 3, 'UTC')) AS ended_at, change.2.1 AS state,
    change.2.2 AS counterpart_state, change.2.3 AS reason,
    dateDiff('second', started_at, ifNull(ended_at, now64(3, 'UTC'))) AS seconds
FROM begun
ARRAY JOIN changes AS change, arrayPushBack(arrayPopFront(changes.1), toDateTime64(0, 3, 'UTC')) AS next_at
SETTINGS join_use_nulls = 0;

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
        SELECT gate_id, arrayJoin(directions), 'stands', toUnixTimestamp64Milli(max(time)), 0, argMax(concat(state, '/', counterpart_state), (time, toString(id)))
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
            maxIf(at_ms, signal = 'stands') AS said_at,
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
            -- As long as `kpi_vouched_until` says.
            kpi_open_before(said_at, opens, closes) AS said_open,
            now_open - if(state = 'closed', intDiv(said_open + day_open - 1, day_open) * day_open,
                least(kpi_open_before(heard_at, opens, closes), said_open + day_open)) AS silent_open,
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

-- Stretches of whole local days, over by now, in which nothing was told of any vehicle or by any plant: plants report
-- day and night, and so does the railway, so such days are missing, not empty. History that is being filled in shows here.
CREATE OR REPLACE VIEW {public:Identifier}.missing_days AS
SELECT topic, before + 1 AS first_day, day - 1 AS last_day, toInt64(day - before - 1) AS days
FROM
(
    SELECT topic, day, lagInFrame(day, 1, day) OVER (PARTITION BY topic ORDER BY day) AS before
    FROM
    (
        SELECT DISTINCT 'gate.crossing' AS topic, day FROM crossings_day WHERE vehicles != 0
        UNION ALL
        SELECT DISTINCT 'factory.output', day FROM output_day WHERE reports != 0
        UNION ALL
        SELECT arrayJoin(['gate.crossing', 'factory.output']), toDate(now('Asia/Ho_Chi_Minh'))
    )
    GROUP BY topic, day
    HAVING day <= toDate(now('Asia/Ho_Chi_Minh'))
)
WHERE day - before > 1;

-- Of the loaded vehicles that crossed in the last 31 days, those all of whose goods the platform knew before they crossed.
CREATE OR REPLACE VIEW {public:Identifier}.adoption_by_day AS
WITH
    toStartOfDay(now('Asia/Ho_Chi_Minh')) - INTERVAL 31 DAY AS since,
    told AS
    (
        SELECT topic, partition, subject, time, toString(id) AS fact_id, toString(corrects_id) AS target,
            correction_kind AS kind, correction_no AS number,
            JSONExtract(payload, 'data', 'Tuple(point String, gate_id String, direction String, goods Array(Tuple(declaration_no String)))') AS body
        FROM events FINAL
        WHERE type = 'vn.laocai.kpi.gate.crossing.v1' AND time >= since AND (position(payload, '"crossed"') > 0 OR kind != '')
    ),
    roots AS
    (
        SELECT topic, partition, subject, link.1 AS fact_id, link.2 AS root
        FROM
        (
            SELECT topic, partition, subject, groupArray(fact_id) AS ids, groupArray(assumeNotNull(target)) AS targets
            FROM told
            WHERE kind != ''
            GROUP BY topic, partition, subject
        )
        ARRAY JOIN arrayZip(ids, kpi_roots(ids, targets)) AS link
    ),
    standing AS
    (
        SELECT t.topic AS topic, t.partition AS partition, t.subject AS visit, if(t.kind = '', t.fact_id, r.root) AS root,
            argMax((t.kind, t.time, t.body), (if(t.kind = '', 0, t.number), t.fact_id)) AS fact
        FROM told AS t
        LEFT JOIN roots AS r ON r.topic = t.topic AND r.partition = t.partition AND r.subject = t.subject AND r.fact_id = t.fact_id
        GROUP BY topic, partition, visit, root
        HAVING fact.1 != 'cancel' AND fact.3.point = 'crossed'
    ),
    goods AS
    (
        SELECT topic, partition, visit, crossed.2 AS at, crossed.3.gate_id AS gate_id, crossed.3.direction AS direction,
            arrayJoin(arrayDistinct(crossed.3.goods.declaration_no)) AS declaration_no
        FROM (SELECT topic, partition, visit, argMin(fact, (fact.2, root)) AS crossed FROM standing GROUP BY topic, partition, visit)
    ),
    visits AS
    (
        SELECT g.at AS at, g.gate_id AS gate_id, g.direction AS direction, min(d.first_at > 0 AND d.first_at <= g.at) AS digital
        FROM goods AS g
        LEFT JOIN
        (
            SELECT declaration_no, min(time) AS first_at
            FROM declarations FINAL
            WHERE NOT removed AND system = 'digital_gate'
            GROUP BY declaration_no
        ) AS d ON d.declaration_no = g.declaration_no
        GROUP BY g.topic, g.partition, g.visit, at, gate_id, direction
    )
SELECT toDate(at, 'Asia/Ho_Chi_Minh') AS day, gate_id, direction, toInt64(count()) AS loaded_vehicles,
    toInt64(countIf(digital)) AS digital_vehicles, digital_vehicles / loaded_vehicles * 100 AS digital_percent
FROM visits
GROUP BY day, gate_id, direction
SETTINGS join_use_nulls = 0, do_not_merge_across_partitions_select_final = 1;
