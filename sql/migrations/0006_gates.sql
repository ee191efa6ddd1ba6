-- The gates: how they stand, their hours on both sides' clocks, lanes, yards, what the other side accepts, and
-- the forecast of arrivals. What an answer about now needs is read of the last days only.

-- The gates of the registry with their ordinary hours (Hanoi time), written by every `kpi migrate`; `basis` tells
-- what is assumed (a) from what is published (p), said by the source documents (s) or derived (d).
CREATE TABLE IF NOT EXISTS {generation:Identifier}.gates
(
    gate_id LowCardinality(String),
    kind LowCardinality(String),
    vi String,
    counterpart_vi String,
    opens_at String,
    closes_at String,
    yard_capacity UInt32,
    basis Map(String, String),
    recorded_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY gate_id;

-- The lanes of the registry; the direction is what the lane's name says, empty if it says none.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.lanes
(
    lane_id LowCardinality(String),
    gate_id LowCardinality(String),
    direction LowCardinality(String),
    recorded_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY lane_id;

-- A row of `waiting` is a moment at which vehicles arrived or turned back: besides those that still wait it counts
-- all that arrived at that moment, and all that turned back then.
ALTER TABLE {generation:Identifier}.waiting ADD COLUMN IF NOT EXISTS arrived Int64 AFTER vehicles;
ALTER TABLE {generation:Identifier}.waiting ADD COLUMN IF NOT EXISTS turned_back Int64 AFTER arrived;

-- Seconds from midnight to a clock time such as 07:00 or 24:00.
CREATE OR REPLACE FUNCTION kpi_clock_seconds AS (clock) ->
    toInt64OrZero(substring(clock, 1, 2)) * 3600 + toInt64OrZero(substring(clock, 4, 2)) * 60;

-- For how many seconds a gate with these hours is open a day; hours may reach over midnight.
CREATE OR REPLACE FUNCTION kpi_open_length AS (opens_at, closes_at) ->
    if(kpi_clock_seconds(closes_at) > kpi_clock_seconds(opens_at), 0, 86400)
        + kpi_clock_seconds(closes_at) - kpi_clock_seconds(opens_at);

-- The moment of a local time that is counted in seconds since 1970, and the other way.
CREATE OR REPLACE FUNCTION kpi_moment AS (local_seconds) ->
    toDateTime(local_seconds - timeZoneOffset(toTimezone(toDateTime(local_seconds, 'UTC'), 'Asia/Ho_Chi_Minh')), 'UTC');
CREATE OR REPLACE FUNCTION kpi_local_seconds AS (at) ->
    toInt64(toUnixTimestamp(at)) + timeZoneOffset(toTimezone(at, 'Asia/Ho_Chi_Minh'));

-- How many seconds of a gate's hours were over at a moment, counted since 1970: its day begins when it opens, and is
-- open for `length` seconds.
CREATE OR REPLACE FUNCTION kpi_open_seconds AS (at, opens, length) ->
    intDiv(kpi_local_seconds(at) - opens, 86400) * length + least(modulo(kpi_local_seconds(at) - opens, 86400), length);

-- The moment at which so many seconds of these hours are over and the next one begins.
CREATE OR REPLACE FUNCTION kpi_open_moment AS (seconds, opens, length) ->
    kpi_moment(intDiv(seconds, length) * 86400 + modulo(seconds, length) + opens);

-- Until when a gate's state is known that was heard of at a moment: for 90 minutes of its hours, three times the
-- half hour in which gates report. A gate that closed has nothing to say for the rest of that day's hours.
CREATE OR REPLACE FUNCTION kpi_known_until AS (at, state, opens, length) ->
    kpi_open_moment(5400 + if(state = 'closed',
            intDiv(kpi_open_seconds(at, opens, length) + length - 1, length) * length,
            kpi_open_seconds(at, opens, length)),
        opens, length);

-- When a gate was heard of by its traffic, a moment a quarter of an hour.
CREATE OR REPLACE VIEW {generation:Identifier}.gate_traffic AS
SELECT t.gate_id AS gate_id, toStartOfFifteenMinutes(t.window_start) AS quarter, max(t.window_start) AS at
FROM crossings_minute AS t FINAL
WHERE t.vehicles != 0 AND t.window_start <= now('UTC')
GROUP BY gate_id, quarter
UNION ALL
SELECT t.gate_id AS gate_id, toStartOfFifteenMinutes(toDateTime(t.arrived_at, 'UTC')) AS quarter,
    toDateTime(max(t.arrived_at), 'UTC') AS at
FROM waiting AS t FINAL
WHERE (t.arrived != 0 OR t.turned_back != 0) AND t.arrived_at <= now64(3, 'UTC')
GROUP BY gate_id, quarter
SETTINGS do_not_merge_across_partitions_select_final = 1;

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
    if(state = '', NULL, kpi_known_until(assumeNotNull(heard_at), state, opens, length)) AS known_until,
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

-- How each gate of the registry stands: open, restricted or closed as it last said, or `no_data` if it never said
-- or was not heard of since `known_until`.
CREATE OR REPLACE VIEW {public:Identifier}.gate_status AS
SELECT l.gate_id AS gate_id, l.status AS status, l.state AS last_state, l.counterpart_state AS counterpart_state,
    l.reason AS reason,
    multiIf(l.known_until IS NULL, NULL, l.status = 'no_data', toDateTime64(l.known_until, 3, 'UTC'), s.since) AS status_since,
    l.said_at AS said_at, l.heard_at AS heard_at, l.known_until AS known_until
FROM gates_latest AS l
LEFT JOIN
(
    SELECT gate_id, minIf(time, time > other_at) AS since
    FROM
    (
        SELECT gate_id, time, max(if(state = newest, toDateTime64(0, 3, 'UTC'), time)) OVER (PARTITION BY gate_id) AS other_at
        FROM
        (
            SELECT gate_id, time, state, argMax(state, (time, toString(id))) OVER (PARTITION BY gate_id) AS newest
            FROM gate_states FINAL
            WHERE NOT removed AND time <= now64(3, 'UTC')
        )
    )
    GROUP BY gate_id
) AS s ON s.gate_id = l.gate_id
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
            arrayFlatten(arrayMap((at, next, said, until) -> if(until < next AND said.1 != '',
                    [(at, said), (toDateTime64(until, 3, 'UTC'), ('no_data', '', ''))],
                    [(at, if(said.1 = '', ('no_data', '', ''), said))]),
                times, next_times, words,
                arrayMap((at, said, h) -> kpi_known_until(at, said.1, h.1, h.2), times, words, all_hours))) AS all_begun,
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

CREATE OR REPLACE VIEW {public:Identifier}.gate_timeline AS
SELECT gate_id, started_at, ended_at, state, counterpart_state, reason, seconds
FROM gate_periods;

-- How much of each local day's ordinary hours, today's as far as they are over, each gate was what.
CREATE OR REPLACE VIEW {public:Identifier}.gate_state_by_day AS
SELECT day, gate_id, any(hours_length) AS hours_seconds, sumIf(seconds, state = 'open') AS open_seconds,
    sumIf(seconds, state = 'restricted') AS restricted_seconds, sumIf(seconds, state = 'closed') AS closed_seconds,
    hours_seconds - open_seconds - restricted_seconds - closed_seconds AS no_data_seconds,
    closed_seconds / nullIf(hours_seconds, 0) * 100 AS closed_percent,
    restricted_seconds / nullIf(hours_seconds, 0) * 100 AS restricted_percent
FROM
(
    SELECT t.gate_id AS gate_id, t.state AS state,
        toDate(toTimezone(t.started_at, 'Asia/Ho_Chi_Minh')) + n AS day,
        toInt64(toUnixTimestamp(toDateTime(day, 'Asia/Ho_Chi_Minh'))) + kpi_clock_seconds(g.opens_at) AS opening,
        least(opening + kpi_open_length(g.opens_at, g.closes_at), toInt64(toUnixTimestamp(now('UTC')))) AS closing,
        greatest(0, closing - opening) AS hours_length,
        greatest(0, least(closing, toInt64(toUnixTimestamp(ifNull(t.ended_at, now64(3, 'UTC')))))
            - greatest(opening, toInt64(toUnixTimestamp(t.started_at)))) AS seconds
    FROM gate_periods AS t
    INNER JOIN (SELECT * FROM gates FINAL) AS g ON g.gate_id = t.gate_id
    ARRAY JOIN range(toUInt32(1 + dateDiff('day', toTimezone(t.started_at, 'Asia/Ho_Chi_Minh'),
        toTimezone(ifNull(t.ended_at, now64(3, 'UTC')), 'Asia/Ho_Chi_Minh')))) AS n
)
GROUP BY day, gate_id
HAVING hours_seconds > 0;

-- The hours of each gate on the clocks of both sides. A gate that is open day and night has no next opening.
CREATE OR REPLACE VIEW {public:Identifier}.gate_calendar AS
SELECT gate_id, ordinary_opens_at, ordinary_closes_at, announced_opens_at, announced_closes_at, opens_at, closes_at,
    formatDateTime(toTimezone(last_opening, 'Asia/Shanghai'), '%H:%i') AS opens_at_beijing,
    formatDateTime(toTimezone(last_opening + length, 'Asia/Shanghai'), '%H:%i') AS closes_at_beijing,
    length AS open_seconds_a_day, CAST(now('UTC') < last_opening + length, 'Bool') AS open_by_calendar,
    if(length = 86400, NULL, last_opening + 86400) AS next_opening,
    if(length = 86400, NULL, last_opening + length + if(open_by_calendar, 0, 86400)) AS next_closing,
    formatDateTime(toTimezone(next_opening, 'Asia/Ho_Chi_Minh'), '%d/%m %H:%i') AS next_opening_hanoi, formatDateTime(toTimezone(next_opening, 'Asia/Shanghai'), '%d/%m %H:%i') AS next_opening_beijing,
    formatDateTime(toTimezone(next_closing, 'Asia/Ho_Chi_Minh'), '%d/%m %H:%i') AS next_closing_hanoi, formatDateTime(toTimezone(next_closing, 'Asia/Shanghai'), '%d/%m %H:%i') AS next_closing_beijing,
    CAST(announced_opens_at = '' AND basis['hours'] = 'a', 'Bool') AS assumption
FROM
(
    SELECT *, kpi_moment(intDiv(kpi_local_seconds(now('UTC')) - opens, 86400) * 86400 + opens) AS last_opening
    FROM gates_latest
);

-- Who crosses outside the normal goods hours of 07:00 to 19:00 Hanoi time, 08:00 to 20:00 Beijing time.
CREATE OR REPLACE VIEW {public:Identifier}.extended_hours_by_day AS
SELECT toDate(toTimezone(window_start, 'Asia/Ho_Chi_Minh')) AS day, t.gate_id AS gate_id, t.direction AS direction,
    sum(t.vehicles) AS vehicles,
    sumIf(t.vehicles, toHour(toTimezone(window_start, 'Asia/Ho_Chi_Minh')) NOT BETWEEN 7 AND 18) AS extended_vehicles,
    extended_vehicles / vehicles * 100 AS extended_percent
FROM crossings_minute AS t FINAL
GROUP BY day, gate_id, direction
HAVING vehicles != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;


-- Booth service of each lane of the registry that ended in the last hour and since local midnight.
CREATE OR REPLACE VIEW {generation:Identifier}.lane_work AS
SELECT l.gate_id AS gate_id, l.lane_id AS lane_id, l.direction AS direction, b.hour_ms AS hour_ms,
    b.hour_vehicles AS hour_vehicles, b.today_ms AS today_ms, b.today_vehicles AS today_vehicles
FROM (SELECT * FROM lanes FINAL) AS l
LEFT JOIN
(
    SELECT lane_id, sumIf(t.total_ms, window_start > now('UTC') - INTERVAL 1 HOUR) AS hour_ms,
        sumIf(t.vehicles, window_start > now('UTC') - INTERVAL 1 HOUR) AS hour_vehicles,
        sumIf(t.total_ms, window_start >= toStartOfDay(now('Asia/Ho_Chi_Minh'))) AS today_ms,
        sumIf(t.vehicles, window_start >= toStartOfDay(now('Asia/Ho_Chi_Minh'))) AS today_vehicles
    FROM latency_minute AS t FINAL
    WHERE interval = 'booth_service' AND window_start > now('UTC') - INTERVAL 25 HOUR AND window_start <= now('UTC')
    GROUP BY lane_id
) AS b ON b.lane_id = l.lane_id
SETTINGS join_use_nulls = 0, do_not_merge_across_partitions_select_final = 1;

-- The share of time for which each lane was busy, of the last hour and of today's hours so far.
CREATE OR REPLACE VIEW {public:Identifier}.lane_use AS
SELECT part.1 AS span, w.gate_id AS gate_id, w.direction AS direction, w.lane_id AS lane_id, part.2 AS vehicles,
    intDiv(part.3, 1000) AS busy_seconds, part.4 AS seconds, busy_seconds / nullIf(seconds, 0) * 100 AS percent
FROM lane_work AS w
INNER JOIN
(
    SELECT gate_id, kpi_open_seconds(now('UTC'), opens, length)
        - kpi_open_seconds(toStartOfDay(now('Asia/Ho_Chi_Minh')), opens, length) AS open_today
    FROM gates_latest
) AS g ON g.gate_id = w.gate_id
ARRAY JOIN [('1h', w.hour_vehicles, w.hour_ms, 3600::Int64), ('today', w.today_vehicles, w.today_ms, g.open_today)] AS part;

-- Lanes open of all, and the share of the open lanes' time for which they were busy. How long lanes were open is
-- what the gate said of them, from one state to the next.
CREATE OR REPLACE VIEW {public:Identifier}.lanes_now AS
SELECT g.gate_id AS gate_id, g.status AS status, if(g.status = 'no_data', NULL, g.lanes_open) AS lanes_open,
    if(g.lanes_max IS NULL, w.lanes, g.lanes_max) AS lanes_max,
    o.hour_seconds AS lane_seconds_1h, intDiv(w.hour_ms, 1000) AS busy_seconds_1h,
    busy_seconds_1h / nullIf(lane_seconds_1h, 0) * 100 AS use_percent_1h,
    o.today_seconds AS lane_seconds_today, intDiv(w.today_ms, 1000) AS busy_seconds_today,
    busy_seconds_today / nullIf(lane_seconds_today, 0) * 100 AS use_percent_today,
    CAST(g.lanes_max IS NULL, 'Bool') AS assumption
FROM gates_latest AS g
INNER JOIN
(
    SELECT gate_id, toInt32(count()) AS lanes, sum(hour_ms) AS hour_ms, sum(today_ms) AS today_ms
    FROM lane_work
    GROUP BY gate_id
) AS w ON w.gate_id = g.gate_id
LEFT JOIN
(
    SELECT gate_id, arraySort(groupArray((toUnixTimestamp(time), toString(id), lanes))) AS said,
        arrayPushBack(arrayPopFront(said.1), toUnixTimestamp(now('UTC'))) AS next_times,
        toNullable(arraySum((at, next, n) -> n * greatest(0, toInt64(next) - greatest(toInt64(at), toUnixTimestamp(now('UTC') - INTERVAL 1 HOUR))),
            said.1, next_times, said.3)) AS hour_seconds,
        toNullable(arraySum((at, next, n) -> n * greatest(0, toInt64(next) - greatest(toInt64(at), toUnixTimestamp(toStartOfDay(now('Asia/Ho_Chi_Minh'))))),
            said.1, next_times, said.3)) AS today_seconds
    FROM
    (
        SELECT gate_id, time, id, assumeNotNull(if(state = 'closed', 0, lanes_open)) AS lanes
        FROM gate_states FINAL
        WHERE NOT removed AND time > now64(3, 'UTC') - INTERVAL 3 DAY AND time <= now64(3, 'UTC')
            AND (lanes_open IS NOT NULL OR state = 'closed')
    )
    GROUP BY gate_id
) AS o ON o.gate_id = g.gate_id
SETTINGS join_use_nulls = 0;

-- What the lanes of a direction can pass at the booth service of today, or of the last seven days where today has
-- fewer than 20 vehicles: 60 x hours x lanes / minutes of service; and with one lane more. Of the plan: the year's
-- value if every open day passed that many vehicles of the last four weeks' value.
CREATE OR REPLACE VIEW {public:Identifier}.gate_capacity AS
WITH
    (SELECT target_minor FROM target_years
        WHERE in_force AND indicator = 'trade_value' AND scope = 'lao-cai' AND year = toYear(now('Asia/Ho_Chi_Minh'))
        LIMIT 1) AS target,
    (SELECT open_days[-1] FROM seasons FINAL
        WHERE indicator = 'trade_value' AND year = toYear(now('Asia/Ho_Chi_Minh')) LIMIT 1) AS open_days
SELECT gate_id, direction, lanes, span, service.1 AS sample, service.2 / nullIf(sample, 0) AS mean_ms,
    if(sample = 0, NULL, kpi_quantile(service.3, 0.5)) AS median_ms, hours,
    3600000 * lanes / mean_ms AS per_hour, per_hour * hours AS per_day,
    3600000 * (lanes + 1) / mean_ms AS per_hour_one_more, per_hour_one_more * hours AS per_day_one_more,
    3600000 * lanes / median_ms AS per_hour_median, per_hour_median * hours AS per_day_median, value_per_vehicle,
    per_day * value_per_vehicle * open_days / target * 100 AS plan_percent,
    per_day_one_more * value_per_vehicle * open_days / target * 100 AS plan_percent_one_more, assumption
FROM
(
    SELECT l.gate_id AS gate_id, l.direction AS direction, l.lanes AS lanes, if(s.today.1 >= 20, 'today', '7d') AS span,
        if(span = 'today', s.today, s.week) AS service, g.length / 3600 AS hours,
        v.value_usd_minor / nullIf(v.vehicles, 0) AS value_per_vehicle, CAST(g.basis['lanes'] = 'a', 'Bool') AS assumption
    FROM (SELECT gate_id, direction, toInt32(count()) AS lanes FROM lanes FINAL GROUP BY gate_id, direction) AS l
    INNER JOIN gates_latest AS g ON g.gate_id = l.gate_id
    LEFT JOIN
    (
        SELECT gate_id, direction,
            (sumIf(t.vehicles, t.is_today), sumIf(t.total_ms, t.is_today),
                mapFilter((bucket, count) -> count != 0, sumMapIf(t.sketch, t.is_today))) AS today,
            (sum(t.vehicles), sum(t.total_ms), mapFilter((bucket, count) -> count != 0, sumMap(t.sketch))) AS week
        FROM (SELECT *, day = toDate(now('Asia/Ho_Chi_Minh')) AS is_today FROM latency_day FINAL) AS t
        WHERE interval = 'booth_service' AND day > toDate(now('Asia/Ho_Chi_Minh')) - 7 AND day <= toDate(now('Asia/Ho_Chi_Minh'))
        GROUP BY gate_id, direction
    ) AS s ON s.gate_id = l.gate_id AND s.direction = l.direction
    LEFT JOIN
    (
        SELECT gate_id, direction, sum(value) AS value_usd_minor, sum(passed) AS vehicles
        FROM
        (
            SELECT gate_id, direction, day, value_usd_minor AS value, 0 AS passed FROM trade_day FINAL
            UNION ALL
            SELECT gate_id, direction, day, 0, vehicles FROM crossings_day FINAL
        )
        WHERE day >= toDate(now('Asia/Ho_Chi_Minh')) - 28 AND day < toDate(now('Asia/Ho_Chi_Minh'))
        GROUP BY gate_id, direction
    ) AS v ON v.gate_id = l.gate_id AND v.direction = l.direction
)
SETTINGS join_use_nulls = 0, do_not_merge_across_partitions_select_final = 1;

-- How full each gate's yard is: what the gate said within the last hour, else the vehicles that wait there.
CREATE OR REPLACE VIEW {public:Identifier}.yards_now AS
SELECT g.gate_id AS gate_id, toInt64(if(basis = 'said', assumeNotNull(g.yard_present), w.vehicles)) AS present,
    if(g.yard_present IS NOT NULL AND g.said_at > now64(3, 'UTC') - INTERVAL 1 HOUR, 'said', 'counted') AS basis,
    w.vehicles AS waiting, toInt64(if(g.yard_capacity IS NULL, g.ordinary_yard_capacity, g.yard_capacity)) AS capacity,
    present / nullIf(capacity, 0) * 100 AS occupancy_percent, f.arrived AS inflow_1h, f.departed AS outflow_1h,
    inflow_1h - outflow_1h AS net_1h,
    multiIf(present >= capacity, 0, net_1h <= 0, NULL, intDiv((capacity - present) * 60, net_1h)) AS minutes_to_full,
    toUInt8(multiIf(present < 500, 1, present < 1000, 2, present <= 5000, 3, 4)) AS national_level,
    CAST(g.yard_capacity IS NULL, 'Bool') AS assumption
FROM gates_latest AS g
LEFT JOIN
(
    SELECT gate_id, sum(t.vehicles) AS vehicles
    FROM waiting AS t FINAL
    WHERE t.arrived_at > now64(3, 'UTC') - INTERVAL 72 HOUR AND t.arrived_at <= now64(3, 'UTC')
    GROUP BY gate_id
) AS w ON w.gate_id = g.gate_id
LEFT JOIN
(
    SELECT gate_id, sum(came) AS arrived, sum(went) AS departed
    FROM
    (
        SELECT gate_id, t.arrived AS came, t.turned_back AS went
        FROM waiting AS t FINAL
        WHERE t.arrived_at > now64(3, 'UTC') - INTERVAL 1 HOUR AND t.arrived_at <= now64(3, 'UTC')
        UNION ALL
        SELECT gate_id, 0, t.vehicles
        FROM crossings_minute AS t FINAL
        WHERE t.window_start > now('UTC') - INTERVAL 1 HOUR AND t.window_start <= now('UTC')
    )
    GROUP BY gate_id
) AS f ON f.gate_id = g.gate_id
SETTINGS join_use_nulls = 0, do_not_merge_across_partitions_select_final = 1;

-- What came to a gate and what turned back, by the hour.
CREATE OR REPLACE VIEW {public:Identifier}.arrivals_by_hour AS
SELECT toStartOfHour(toDateTime(t.arrived_at, 'UTC')) AS window_start, t.gate_id AS gate_id, t.direction AS direction,
    sum(t.arrived) AS arrived, sum(t.turned_back) AS turned_back
FROM waiting AS t FINAL
GROUP BY window_start, gate_id, direction
HAVING arrived != 0 OR turned_back != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- How many vehicles the other side took a day, by our own exits. Where vehicles are left over it took no more; where
-- none are, it may have taken more if more had come.
CREATE OR REPLACE VIEW {public:Identifier}.acceptance_by_day AS
SELECT day, gate_id, sum(passed) AS accepted, sum(came) AS arrived, arrived - accepted - sum(back) AS left_over,
    accepted / nullIf(medianExact(accepted) OVER (PARTITION BY gate_id ORDER BY toInt32(day) RANGE BETWEEN 28 PRECEDING AND 1 PRECEDING), 0) * 100 AS percent_of_usual
FROM
(
    SELECT day, gate_id, t.vehicles AS passed, 0 AS came, 0 AS back
    FROM crossings_day AS t FINAL
    WHERE direction = 'outbound'
    UNION ALL
    SELECT toDate(toTimezone(t.arrived_at, 'Asia/Ho_Chi_Minh')), gate_id, 0, t.arrived, t.turned_back
    FROM waiting AS t FINAL
    WHERE direction = 'outbound'
)
GROUP BY day, gate_id
HAVING accepted != 0 OR arrived != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- What is published or assumed of arrivals, written by `kpi migrate` from streams/core/arrivals.py: vehicles a day
-- (0 where nothing is known) and the part of each hour in Hanoi.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.published_arrivals
(
    gate_id LowCardinality(String),
    direction LowCardinality(String),
    vehicles_a_day Float64,
    hours Array(Float64),
    recorded_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY (gate_id, direction);

-- From when a forecast looks ahead: from the hour that runs, and from four times of each of the last seven days.
CREATE OR REPLACE VIEW {generation:Identifier}.forecast_origins AS
SELECT toStartOfHour(now('UTC')) AS origin, now('UTC') AS at, true AS current
UNION ALL
SELECT toTimezone(toStartOfDay(now('Asia/Ho_Chi_Minh')) - toIntervalHour(number * 6 + 6), 'UTC') AS origin,
    origin AS at, false AS current
FROM numbers(28);

-- What is usual at each gate, seen from each origin: of the last whole weeks of its history, at most four. With less
-- than a week of it the parts of the hours are the published ones; with less than a day the vehicles are, too.
CREATE OR REPLACE VIEW {generation:Identifier}.arrival_profiles AS
WITH
    hourly AS
    (
        SELECT t.gate_id AS gate_id, t.direction AS direction, toDate(toTimezone(t.arrived_at, 'Asia/Ho_Chi_Minh')) AS day,
            toHour(toTimezone(t.arrived_at, 'Asia/Ho_Chi_Minh')) AS hour, sum(t.arrived) AS arrived
        FROM waiting AS t FINAL
        WHERE t.arrived_at >= toStartOfDay(now('Asia/Ho_Chi_Minh')) - INTERVAL 37 DAY AND t.arrived != 0
        GROUP BY gate_id, direction, day, hour
    ),
    spans AS
    (
        SELECT o.origin AS origin, o.at AS at, o.current AS current, p.gate_id AS gate_id, p.direction AS direction,
            p.vehicles_a_day AS vehicles_a_day, p.hours AS published_hours,
            toDate(toTimezone(o.origin, 'Asia/Ho_Chi_Minh')) AS today,
            if(f.gate_id = '', 0, greatest(0, toInt32(today) - toInt32(f.first_day) - 1)) AS known_days,
            least(4, intDiv(known_days, 7)) AS weeks
        FROM (SELECT * FROM published_arrivals FINAL) AS p
        CROSS JOIN forecast_origins AS o
        LEFT JOIN (SELECT gate_id, direction, min(day) AS first_day FROM hourly GROUP BY gate_id, direction) AS f
            ON f.gate_id = p.gate_id AND f.direction = p.direction
    ),
    counted AS
    (
        SELECT s.origin AS origin, s.gate_id AS gate_id, s.direction AS direction, toDayOfWeek(h.day) AS weekday,
            h.hour AS hour, sum(h.arrived) AS arrived, sum(h.arrived * h.arrived) AS squares
        FROM spans AS s
        INNER JOIN hourly AS h ON h.gate_id = s.gate_id AND h.direction = s.direction
        WHERE h.day < s.today AND h.day >= s.today - if(s.weeks = 0, s.known_days, s.weeks * 7)
        GROUP BY origin, gate_id, direction, weekday, hour
    ),
    summed AS
    (
        SELECT origin, gate_id, direction, sum(arrived) AS total, uniqExact(weekday) AS weekdays, uniqExact(hour) AS hours,
            sum(squares / (of_weekday * of_hour)) AS square_sum,
            sumMap(map(weekday, arrived)) AS by_weekday, sumMap(map(hour, arrived)) AS by_hour
        FROM
        (
            SELECT *, sum(arrived) OVER (PARTITION BY origin, gate_id, direction, weekday) AS of_weekday,
                sum(arrived) OVER (PARTITION BY origin, gate_id, direction, hour) AS of_hour
            FROM counted
        )
        GROUP BY origin, gate_id, direction
    )
SELECT s.origin AS origin, s.at AS at, s.current AS current, s.gate_id AS gate_id, s.direction AS direction,
    s.weeks AS weeks, s.weeks = 0 AS published,
    arrayMap(d -> multiIf(weeks > 0, u.by_weekday[d] / weeks, s.known_days > 0, u.total / s.known_days, s.vehicles_a_day),
        CAST(range(1, 8), 'Array(UInt8)')) AS day_levels,
    if(weeks > 0, arrayMap(h -> u.by_hour[h] / greatest(u.total, 1), CAST(range(24), 'Array(UInt8)')), s.published_hours) AS hour_parts,
    toInt64(weeks * u.weekdays * u.hours) - u.weekdays - u.hours + 1 AS freedom,
    if(weeks > 0 AND freedom > 0, greatest(1, (u.square_sum * weeks * u.total - u.total) / freedom), 1) AS dispersion
FROM spans AS s
LEFT JOIN summed AS u ON u.origin = s.origin AND u.gate_id = s.gate_id AND u.direction = s.direction
WHERE weeks > 0 OR s.known_days > 0 OR s.vehicles_a_day > 0
SETTINGS join_use_nulls = 0, do_not_merge_across_partitions_select_final = 1;

-- How many declarations were lodged and neither released nor cancelled, seen from each origin: now, and at the same
-- time of the weeks before. A regime without a direction counts half for each.
CREATE OR REPLACE VIEW {generation:Identifier}.open_declarations AS
WITH
    lodged AS
    (
        SELECT gate, first_at AS lodged_at, ended_at, place.1 AS direction, place.2 AS weight
        FROM
        (
            SELECT argMax(gate_id, (time, toString(id))) AS gate, argMax(regime, (time, toString(id))) AS last_regime, min(time) AS first_at,
                minIf(time, status IN ('released', 'cancelled')) AS ended_at
            FROM declarations FINAL
            WHERE NOT removed AND time > now64(3, 'UTC') - INTERVAL 40 DAY
            GROUP BY declaration_no
        )
        ARRAY JOIN multiIf(last_regime IN ('export', 're_export'), [('outbound', 2)],
            last_regime IN ('import', 'temporary_import'), [('inbound', 2)], [('outbound', 1), ('inbound', 1)]) AS place
    ),
    firsts AS (SELECT gate, direction, min(lodged_at) AS first_at FROM lodged GROUP BY gate, direction),
    moments AS
    (
        SELECT o.origin AS origin, o.at AS at, f.gate AS gate, f.direction AS direction,
            least(4, intDiv(dateDiff('second', f.first_at, o.at) - 86400, 604800)) AS weeks
        FROM forecast_origins AS o
        CROSS JOIN firsts AS f
        WHERE weeks > 0
    )
SELECT origin, gate AS gate_id, direction, any(known_weeks) AS weeks, sumIf(weight, week = 0 AND is_open) / 2 AS opened,
    sumIf(weight, week > 0 AND is_open) / 2 / weeks AS usually_open,
    -- Nothing lodged for six hours where ten are usually open: the feed is silent, and says nothing.
    usually_open >= 10 AND max(if(lodged_at <= at, lodged_at, toDateTime64(0, 3, 'UTC'))) < any(at) - INTERVAL 6 HOUR AS silent
FROM
(
    SELECT m.origin AS origin, m.at AS at, m.gate AS gate, m.direction AS direction, m.weeks AS known_weeks, m.week AS week,
        l.weight AS weight, l.lodged_at AS lodged_at, m.at - toIntervalWeek(m.week) AS moment,
        l.lodged_at <= moment AND l.lodged_at > moment - INTERVAL 48 HOUR
            AND (l.ended_at > moment OR l.ended_at = toDateTime64(0, 3, 'UTC')) AS is_open
    FROM (SELECT *, arrayJoin(range(toUInt8(weeks + 1))) AS week, toDate(at - toIntervalWeek(week)) AS day FROM moments) AS m
    -- What was lodged within 48 hours was so on one of three days.
    INNER JOIN (SELECT *, toDate(lodged_at) + arrayJoin(range(3)) AS day FROM lodged) AS l
        ON l.gate = m.gate AND l.direction = m.direction AND l.day = m.day
)
GROUP BY origin, gate, direction;

-- The next twelve hours of each gate, seen from each origin.
CREATE OR REPLACE VIEW {generation:Identifier}.arrival_forecasts AS
SELECT p.origin AS origin, p.current AS current, p.gate_id AS gate_id, p.direction AS direction, lead AS lead_hours,
    origin + toIntervalHour(lead) AS window_start, toTimezone(window_start, 'Asia/Ho_Chi_Minh') AS local,
    p.day_levels[toDayOfWeek(local)] * p.hour_parts[toHour(local) + 1] AS usual, d.opened AS open_declarations,
    d.usually_open AS usually_open, if(d.weeks = 0 OR d.silent, 1, (d.opened + 5) / (d.usually_open + 5)) AS factor,
    usual * factor AS expected, p.dispersion AS dispersion, 1.645 * sqrt(dispersion * expected) AS reach,
    toInt64(greatest(0, floor(expected - reach))) AS low, toInt64(ceil(expected + reach)) AS high,
    multiIf(d.weeks > 0 AND NOT d.silent, 'declarations', p.published, 'published', 'profile') AS basis,
    CAST(p.published, 'Bool') AS assumption
FROM arrival_profiles AS p
LEFT JOIN open_declarations AS d ON d.origin = p.origin AND d.gate_id = p.gate_id AND d.direction = p.direction
ARRAY JOIN range(12) AS lead
SETTINGS join_use_nulls = 0;

-- Vehicles to expect in the hour that runs and in the eleven after it; `arrived` is what has come of it.
CREATE OR REPLACE VIEW {public:Identifier}.arrivals_forecast AS
SELECT f.window_start AS window_start, f.gate_id AS gate_id, f.direction AS direction, f.lead_hours AS lead_hours,
    f.usual AS usual, f.open_declarations AS open_declarations, f.usually_open AS usually_open, f.factor AS factor,
    f.expected AS expected, f.low AS low, f.high AS high,
    if(f.lead_hours = 0, toNullable(a.arrived), NULL) AS arrived, f.basis AS basis, f.assumption AS assumption
FROM arrival_forecasts AS f
LEFT JOIN
(
    SELECT t.gate_id AS gate_id, t.direction AS direction, sum(t.arrived) AS arrived
    FROM waiting AS t FINAL
    WHERE t.arrived_at >= toStartOfHour(now('UTC')) AND t.arrived_at <= now64(3, 'UTC')
    GROUP BY gate_id, direction
) AS a ON a.gate_id = f.gate_id AND a.direction = f.direction AND f.lead_hours = 0
WHERE f.current
SETTINGS join_use_nulls = 0, do_not_merge_across_partitions_select_final = 1;

-- How such forecasts turned out: made four times on each of the last seven days from what was known by then.
CREATE OR REPLACE VIEW {public:Identifier}.arrivals_backtest AS
SELECT f.origin AS forecast_at, f.window_start AS window_start, f.gate_id AS gate_id, f.direction AS direction,
    f.lead_hours AS lead_hours, f.expected AS expected, f.low AS low, f.high AS high, a.arrived AS arrived,
    expected - arrived AS error, CAST(arrived BETWEEN low AND high, 'Bool') AS within_band, f.basis AS basis,
    f.assumption AS assumption
FROM arrival_forecasts AS f
LEFT JOIN
(
    SELECT toStartOfHour(toDateTime(t.arrived_at, 'UTC')) AS hour, t.gate_id AS gate_id, t.direction AS direction,
        sum(t.arrived) AS arrived
    FROM waiting AS t FINAL
    WHERE t.arrived_at > now64(3, 'UTC') - INTERVAL 9 DAY
    GROUP BY hour, gate_id, direction
) AS a ON a.hour = f.window_start AND a.gate_id = f.gate_id AND a.direction = f.direction
WHERE NOT f.current AND f.window_start <= now('UTC') - INTERVAL 1 HOUR
SETTINGS join_use_nulls = 0, do_not_merge_across_partitions_select_final = 1;
