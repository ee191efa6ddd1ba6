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
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(window_start)
ORDER BY (window_start, zone_id, plant_id, line_id, state, stop_reason, stopped, window_minutes, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

-- What the registry says, written by every `kpi migrate`.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.plants
(
    plant_id LowCardinality(String),
    zone_id LowCardinality(String),
    vi String,
    lines Array(String),
    stopped_since Nullable(Date),
    recorded_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY plant_id;

-- Capacities in units a year; the price of a unit is an assumption.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.plant_products
(
    plant_id LowCardinality(String),
    product LowCardinality(String),
    unit LowCardinality(String),
    nameplate Int64,
    nameplate_basis LowCardinality(String),
    nameplate_source String,
    planned_capacity Nullable(Int64),
    planned_source String,
    price_vnd Int64,
    recorded_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY (plant_id, product);

CREATE TABLE IF NOT EXISTS {generation:Identifier}.project_counts
(
    scope LowCardinality(String),
    year UInt16,
    state LowCardinality(String),
    projects Int64,
    total Int64,
    basis LowCardinality(String),
    source String,
    recorded_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY (scope, year, state);

-- Runs of each line in one state and reason. A missing window breaks a run only if nothing was said for three of the
-- usual intervals, the length of the window before: that is silence, a run of its own. Full hours are one piece, and
-- a last one that never comes tells where a line's last run ends.
CREATE OR REPLACE VIEW {generation:Identifier}.line_runs AS
WITH
    4294967295::UInt32 AS never_s,
    pieces AS
    (
        SELECT zone_id, plant_id, line_id, (state, stop_reason, stopped) AS said, window_minutes * 60 AS length_s,
            piece.1 AS starts_s, piece.2 AS ends_s
        FROM
        (
            SELECT *, toUnixTimestamp(window_start) AS hour_s,
                if(modulo(60, window_minutes) = 0
                        AND starts = intDiv(1152921504606846975, bitShiftLeft(1::Int64, window_minutes) - 1),
                    [(hour_s, hour_s + 3600)],
                    arrayMap(m -> (toUInt32(hour_s + m * 60), toUInt32(hour_s + (m + window_minutes) * 60)),
                        bitPositionsToArray(starts))) AS all_pieces
            FROM line_state_hour FINAL
            WHERE starts != 0
        )
        ARRAY JOIN all_pieces AS piece
        UNION ALL
        SELECT DISTINCT zone_id, plant_id, line_id, ('', '', false), 0, never_s, never_s
        FROM line_state_hour
    ),
    breaks AS
    (
        SELECT *, max(ends_s) OVER earlier AS known_s, lagInFrame(length_s) OVER earlier AS usual_s,
            known_s != 0 AND starts_s >= known_s + 3 * usual_s AS after_silence
        FROM pieces
        WINDOW earlier AS (PARTITION BY zone_id, plant_id, line_id ORDER BY starts_s, ends_s
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        QUALIFY after_silence OR known_s = 0 OR said != lagInFrame(said) OVER earlier
    ),
    runs AS
    (
        SELECT *, leadInFrame(known_s) OVER following AS to_s, leadInFrame(usual_s) OVER following AS interval_s,
            leadInFrame(starts_s) OVER following = never_s AS is_last, toUnixTimestamp(now('UTC')) AS now_s,
            is_last AND now_s >= to_s + 3 * interval_s AS is_silent, is_last AND NOT is_silent AS runs_on
        FROM breaks
        WINDOW following AS (PARTITION BY zone_id, plant_id, line_id ORDER BY starts_s
            ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
        QUALIFY starts_s != never_s
    )
SELECT zone_id, plant_id, line_id, piece.1 AS status, piece.2 AS state, piece.3 AS stop_reason,
    toDateTime(piece.4, 'UTC') AS started_at, toDateTime(piece.5, 'UTC') AS ended_at, piece.6 AS ongoing,
    toDateTime(piece.7, 'UTC') AS reported_until, toInt64(interval_s) AS interval_seconds
FROM runs
ARRAY JOIN arrayConcat(
    if(after_silence, [('silent', '', '', known_s, starts_s, false, known_s)], []),
    [(multiIf(said.3, 'stopped', said.1 = 'idle', 'idle', 'producing'), toString(said.1), toString(said.2),
        starts_s, if(runs_on AND starts_s < now_s, now_s, to_s), runs_on, to_s)],
    if(is_silent, [('silent', '', '', to_s, now_s, true, to_s)], [])) AS piece
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- Runs of each plant: it produces while one of its lines does, it has stopped when all that are heard of have.
CREATE OR REPLACE VIEW {generation:Identifier}.plant_runs AS
WITH
    edges AS
    (
        SELECT zone_id, plant_id, edge.1 AS at, sumIf(edge.2, status = 'producing') AS producing,
            sumIf(edge.2, status = 'idle') AS idle, sumIf(edge.2, status = 'stopped') AS stopped,
            sumIf(edge.2, status = 'silent') AS silent, max(edge.2 = -1 AND ongoing) AS is_now
        FROM line_runs
        ARRAY JOIN [(started_at, 1), (ended_at, -1)] AS edge
        GROUP BY zone_id, plant_id, at
    ),
    counted AS
    (
        SELECT zone_id, plant_id, at, leadInFrame(at) OVER following AS next_at,
            leadInFrame(is_now) OVER following AS runs_on,
            multiIf(sum(producing) OVER so_far > 0, 'producing', sum(idle) OVER so_far > 0, 'idle',
                sum(stopped) OVER so_far > 0, 'stopped', sum(silent) OVER so_far > 0, 'silent', '') AS status
        FROM edges
        WINDOW so_far AS (PARTITION BY zone_id, plant_id ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
            following AS (PARTITION BY zone_id, plant_id ORDER BY at ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
    ),
    numbered AS
    (
        SELECT *, sum(status != lagged.1 OR at != lagged.2) OVER (PARTITION BY zone_id, plant_id ORDER BY at) AS run
        FROM
        (
            SELECT *, lagInFrame((status, next_at)) OVER (PARTITION BY zone_id, plant_id ORDER BY at
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS lagged
            FROM counted
            WHERE status != ''
        )
    )
SELECT zone_id, plant_id, any(status) AS status, min(at) AS started_at, max(next_at) AS ended_at,
    max(runs_on) AS ongoing
FROM numbered
GROUP BY zone_id, plant_id, run;

CREATE OR REPLACE VIEW {public:Identifier}.line_states AS
SELECT zone_id, plant_id, line_id, status, state, stop_reason, started_at, ended_at,
    dateDiff('second', started_at, ended_at) AS seconds, CAST(ongoing, 'Bool') AS ongoing
FROM line_runs;

CREATE OR REPLACE VIEW {public:Identifier}.plant_states AS
SELECT zone_id, plant_id, status, started_at, ended_at, dateDiff('second', started_at, ended_at) AS seconds,
    CAST(ongoing, 'Bool') AS ongoing
FROM plant_runs;

-- Stops of each line, priced. Silence does not end a stop: only a window in which the line runs or could run does. What
-- it would have made is its lower median of a whole hour's value over the 28 days before; a line that was not seen
-- running then is priced by its nameplate, spread over its lines.
CREATE OR REPLACE VIEW {generation:Identifier}.line_stops AS
WITH
    stops AS
    (
        SELECT zone_id, plant_id, line_id, groupArray((started_at, ended_at)) AS parts,
            argMax(state, started_at) AS state, min(started_at) AS began_at, max(ended_at) AS last_at,
            max(ongoing) AS runs_on, max(reported_until) AS reported_until, max(any_after) AS is_over,
            coalesce(nullIf(argMaxIf(toString(stop_reason), started_at, stop_reason NOT IN ('', 'unknown')), ''), 'unknown') AS reason
        FROM
        (
            SELECT *, sum(status IN ('producing', 'idle')) OVER so_far AS number,
                number < sum(status IN ('producing', 'idle')) OVER (PARTITION BY zone_id, plant_id, line_id) AS any_after
            FROM line_runs
            WINDOW so_far AS (PARTITION BY zone_id, plant_id, line_id ORDER BY started_at ROWS UNBOUNDED PRECEDING)
        )
        WHERE status = 'stopped'
        GROUP BY zone_id, plant_id, line_id, number
    ),
    whole_hours AS
    (
        SELECT plant_id, line_id, window_start, sum(value_vnd) AS value
        FROM output_hour FINAL
        WHERE (plant_id, line_id, window_start) IN
        (
            SELECT plant_id, line_id, window_start
            FROM line_state_hour FINAL
            WHERE state = 'execute' AND bitCount(starts) * window_minutes = 60
        )
        GROUP BY plant_id, line_id, window_start
    ),
    -- Each stop beside the hours of the 28 days before it; one pass, for the runs are the costly part.
    priced AS
    (
        SELECT s.zone_id AS zone_id, s.plant_id AS plant_id, s.line_id AS line_id, s.began_at AS began_at, any(s.rest) AS rest,
            toInt64(quantileExactLowIf(0.5)(h.value, h.plant_id != '')) AS rate, countIf(h.plant_id != '') AS hours
        FROM
        (
            SELECT zone_id, plant_id, line_id, began_at, (parts, state, reason, last_at, runs_on, reported_until, is_over) AS rest,
                toStartOfHour(began_at) - arrayJoin(range(1, 673)) * 3600 AS hour
            FROM stops
        ) AS s
        LEFT JOIN whole_hours AS h ON h.plant_id = s.plant_id AND h.line_id = s.line_id AND h.window_start = s.hour
        GROUP BY zone_id, plant_id, line_id, began_at
    ),
    nameplates AS
    (
        SELECT p.plant_id AS plant_id, intDiv(sum(n.nameplate * n.price_vnd), any(length(p.lines)) * 8760) AS rate
        FROM plants AS p FINAL
        INNER JOIN (SELECT * FROM plant_products FINAL) AS n ON n.plant_id = p.plant_id
        GROUP BY plant_id
    )
SELECT zone_id, p.plant_id AS plant_id, line_id, rest.2 AS state, rest.3 AS stop_reason, stop_reason = 'planned' AS planned,
    began_at AS started_at, rest.4 AS last_at, if(rest.7, last_at, NULL) AS ended_at, rest.6 AS reported_until,
    rest.5 AS ongoing, toInt64(arraySum(part -> dateDiff('second', part.1, part.2), rest.1)) AS seconds,
    dateDiff('second', began_at, last_at) - seconds AS unreported_seconds,
    multiIf(p.hours > 0, p.rate, n.rate > 0, n.rate, NULL) AS rate_vnd_hour,
    multiIf(p.hours > 0, 'history', n.rate > 0, 'nameplate', 'unknown') AS rate_basis, toInt64(p.hours) AS rate_hours,
    toInt64(intDiv(toInt128(rate_vnd_hour) * seconds, 3600)) AS lost_vnd,
    toYear(last_at - 1, 'Asia/Ho_Chi_Minh') AS year,
    toDateTime(makeDate(year, 1, 1), 'Asia/Ho_Chi_Minh') AS year_start,
    toInt64(arraySum(part -> greatest(0, dateDiff('second', greatest(part.1, year_start), part.2)), rest.1)) AS year_seconds,
    toInt64(intDiv(toInt128(rate_vnd_hour) * year_seconds, 3600)) AS lost_year_vnd
FROM priced AS p
LEFT JOIN nameplates AS n ON n.plant_id = p.plant_id
SETTINGS do_not_merge_across_partitions_select_final = 1, join_use_nulls = 0;

-- Points are percent of the province's output target in force of that year.
CREATE OR REPLACE VIEW {public:Identifier}.stops AS
SELECT s.zone_id AS zone_id, s.plant_id AS plant_id, s.line_id AS line_id, s.state AS state,
    s.stop_reason AS stop_reason, CAST(s.planned, 'Bool') AS planned, s.started_at AS started_at, s.ended_at AS ended_at,
    s.reported_until AS reported_until, CAST(s.ongoing, 'Bool') AS ongoing, s.seconds AS seconds,
    s.unreported_seconds AS unreported_seconds, s.rate_vnd_hour AS rate_vnd_hour, s.rate_basis AS rate_basis,
    s.rate_hours AS rate_hours, s.lost_vnd AS lost_vnd, toUInt16(s.year) AS year, s.lost_year_vnd AS lost_year_vnd,
    s.lost_year_vnd / nullIf(t.target_minor, 0) * 100 AS lost_points, true AS assumption
FROM line_stops AS s
LEFT JOIN
(
    SELECT year, target_minor
    FROM target_years
    WHERE in_force AND indicator = 'industrial_output' AND scope = 'lao-cai'
) AS t ON t.year = s.year
SETTINGS join_use_nulls = 0;

-- What stops took from this local year, beside what is still missing to its target.
CREATE OR REPLACE VIEW {public:Identifier}.stop_losses AS
WITH
    toYear(now('Asia/Ho_Chi_Minh')) AS this_year,
    (SELECT any(target_minor) FROM target_years
        WHERE in_force AND indicator = 'industrial_output' AND scope = 'lao-cai' AND year = this_year) AS target,
    (SELECT sum(value_vnd) FROM output_day FINAL WHERE toYear(day) = this_year) AS made
SELECT toUInt16(this_year) AS year, zone_id, plant_id, stop_reason, CAST(planned, 'Bool') AS planned, rate_basis,
    toInt64(count()) AS stops, toInt64(sum(year_seconds)) AS seconds, toInt64(sum(lost_year_vnd)) AS lost_vnd,
    lost_vnd / nullIf(target, 0) * 100 AS lost_points,
    if(target > made, lost_vnd / (target - made) * 100, NULL) AS gap_percent, true AS assumption
FROM line_stops
WHERE line_stops.year = this_year
GROUP BY zone_id, plant_id, stop_reason, planned, rate_basis;

-- How each plant of the registry stands now. The registry may know since when a plant stands still that has stood still
-- ever since it was first heard of.
CREATE OR REPLACE VIEW {public:Identifier}.plants_now AS
WITH
    now('UTC') AS moment,
    lines_now AS
    (
        SELECT plant_id, argMax((status, state, stop_reason), started_at) AS run, max(started_at) AS run_began,
            max(reported_until) AS last_report, argMax(interval_seconds, started_at) AS interval_s
        FROM line_runs
        GROUP BY plant_id, line_id
    ),
    plant_lines AS
    (
        SELECT plant_id, count() AS known, countIf(run.1 = 'producing') AS producing, countIf(run.1 = 'idle') AS idle,
            countIf(run.1 = 'stopped') AS stopped, countIf(run.1 = 'silent') AS silent, max(last_report) AS last_report,
            min(interval_s) AS interval_s,
            ['producing', 'idle', 'stopped', 'silent'] AS ranks, ranks[min(indexOf(ranks, run.1))] AS status,
            -- What the line says that gives the plant its status; of several the last one that gives a reason.
            argMin((run.2, run.3), (indexOf(ranks, run.1), run.3 IN ('', 'unknown'), -toInt64(toUnixTimestamp(run_began)))) AS said
        FROM lines_now
        GROUP BY plant_id
    ),
    -- A stop goes on through silence: since the first stopped run after the plant last ran or could run.
    runs AS
    (
        SELECT plant_id, maxIf(toUnixTimestamp(started_at), status IN ('producing', 'idle')) AS last_ran,
            max(toUnixTimestamp(started_at)) AS last_began,
            arrayMin(arrayFilter(run -> run > last_ran, groupArrayIf(toUnixTimestamp(started_at), status = 'stopped'))) AS stop_began
        FROM plant_runs
        GROUP BY plant_id
    ),
    typical AS
    (
        SELECT plant_id, quantileExactLowIf(0.5)(value, value > 0 AND window_start < toStartOfHour(moment) - INTERVAL 6 HOUR) AS hour_vnd,
            sumIf(value, window_start >= toStartOfHour(moment) - INTERVAL 6 HOUR) AS recent_vnd
        FROM
        (
            SELECT plant_id, window_start, sum(value_vnd) AS value
            FROM output_hour FINAL
            WHERE window_start >= toStartOfHour(moment) - INTERVAL 28 DAY AND window_start < toStartOfHour(moment)
            GROUP BY plant_id, window_start
        )
        GROUP BY plant_id
    ),
    joined AS
    (
        SELECT p.zone_id AS zone_id, p.plant_id AS plant_id, p.vi AS vi, toInt64(length(p.lines)) AS line_count, l.known AS known,
            l.producing AS producing, l.idle AS idle, l.stopped AS stopped, l.silent AS silent, l.last_report AS reported_until,
            l.interval_s AS interval_s, l.said AS said, if(known = 0, 'never_reported', l.status) AS status_now,
            toDateTime64(if(status_now = 'stopped', r.stop_began, r.last_began), 3, 'UTC') AS seen_since,
            toDateTime64(p.stopped_since, 3, 'Asia/Ho_Chi_Minh') AS stopped_since,
            ifNull(status_now = 'stopped' AND r.last_ran = 0 AND stopped_since < seen_since, false) AS by_registry,
            multiIf(known = 0, NULL, by_registry, stopped_since, seen_since) AS began,
            toInt64(dateDiff('second', began, moment)) AS lasting, t.recent_vnd AS recent_vnd, t.hour_vnd AS hour_vnd
        FROM (SELECT * FROM plants FINAL) AS p
        LEFT JOIN plant_lines AS l ON l.plant_id = p.plant_id
        LEFT JOIN runs AS r ON r.plant_id = p.plant_id
        LEFT JOIN typical AS t ON t.plant_id = p.plant_id
    )
SELECT zone_id, plant_id, vi, status_now AS status, toTimezone(began, 'UTC') AS status_since,
    multiIf(known = 0, '', by_registry, 'registry', 'reports') AS since_basis, lasting AS seconds,
    if(known = 0, NULL, toDateTime64(reported_until, 3, 'UTC')) AS last_report, if(known = 0, NULL, interval_s) AS interval_seconds,
    said.1 AS state, said.2 AS stop_reason, line_count AS lines, toInt64(producing) AS lines_producing, toInt64(idle) AS lines_idle,
    toInt64(stopped) AS lines_stopped, toInt64(silent) AS lines_silent, toInt64(line_count - known) AS lines_never_reported,
    CAST(ifNull(status = 'stopped' AND lasting > 30 * 86400, false), 'Bool') AS over_30_days,
    CAST(ifNull(status = 'stopped' AND lasting > 90 * 86400, false), 'Bool') AS over_90_days,
    toInt64(recent_vnd) AS six_hours_vnd, if(hour_vnd > 0, recent_vnd / (6 * hour_vnd) * 100, NULL) AS typical_percent
FROM joined
SETTINGS do_not_merge_across_partitions_select_final = 1, join_use_nulls = 0;

-- Shares of what was made: of the zone, the province, the year's target and what is missing to it. Spans end now and
-- are made of whole hours, month and year of local days.
CREATE OR REPLACE VIEW {public:Identifier}.output_shares AS
WITH
    now('UTC') AS moment, now('Asia/Ho_Chi_Minh') AS local,
    toDateTime(toStartOfYear(local), 'Asia/Ho_Chi_Minh') AS year_start,
    (SELECT any(target_minor) FROM target_years
        WHERE in_force AND indicator = 'industrial_output' AND scope = 'lao-cai' AND year = toYear(local)) AS target,
    (SELECT sum(value_vnd) FROM output_day FINAL WHERE toYear(day) = toYear(local)) AS made,
    sums AS
    (
        SELECT zone_id, plant_id, product,
            [('24h', sumIf(value_vnd, age_s < 86400), countIf(age_s < 86400)),
                ('7d', sumIf(value_vnd, age_s < 7 * 86400), countIf(age_s < 7 * 86400)),
                ('30d', sumIf(value_vnd, age_s < 30 * 86400), countIf(age_s < 30 * 86400)),
                ('mtd', sumIf(value_vnd, in_month), countIf(in_month)),
                ('ytd', sumIf(value_vnd, in_year), countIf(in_year))] AS spans
        FROM
        (
            SELECT *, dateDiff('second', window_start, moment) AS age_s, window_start >= year_start AS in_year,
                window_start >= toDateTime(toStartOfMonth(local), 'Asia/Ho_Chi_Minh') AS in_month
            FROM output_hour FINAL
            WHERE window_start >= least(year_start, moment - INTERVAL 30 DAY) AND window_start <= moment AND reports != 0
        )
        GROUP BY zone_id, plant_id, product
    )
SELECT one.1 AS span, zone_id, plant_id, product, toInt64(one.2) AS value_vnd,
    value_vnd / nullIf(sum(value_vnd) OVER (PARTITION BY span, zone_id), 0) * 100 AS zone_percent,
    value_vnd / nullIf(sum(value_vnd) OVER (PARTITION BY span), 0) * 100 AS province_percent,
    value_vnd / nullIf(target, 0) * 100 AS target_points,
    if(target > made, value_vnd / (target - made) * 100, NULL) AS gap_percent
FROM sums
ARRAY JOIN spans AS one
WHERE one.3 > 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- What a plant made beside what its nameplate would have given in the time that its lines reported: time of which
-- nothing is known counts on neither side. Lines share a nameplate evenly; a year has 8,760 hours.
CREATE OR REPLACE VIEW {public:Identifier}.utilisation AS
WITH
    now('UTC') AS moment, now('Asia/Ho_Chi_Minh') AS local,
    toDateTime(toStartOfYear(local), 'Asia/Ho_Chi_Minh') AS year_start,
    toDateTime(toStartOfMonth(local), 'Asia/Ho_Chi_Minh') AS month_start,
    [('24h', moment - INTERVAL 1 DAY), ('7d', moment - INTERVAL 7 DAY), ('30d', moment - INTERVAL 30 DAY),
        ('mtd', month_start - 1), ('ytd', year_start - 1)] AS spans,
    least(year_start, moment - INTERVAL 30 DAY) AS earliest,
    made AS
    (
        SELECT plant_id, product, unit, sumForEach(arrayMap(span -> if(window_start > span.2, quantity_micro, 0), spans)) AS micro
        FROM output_hour FINAL
        WHERE window_start >= earliest AND window_start <= moment AND reports != 0
        GROUP BY plant_id, product, unit
    ),
    reported AS
    (
        SELECT plant_id, sumForEach(arrayMap(span -> if(window_start > span.2, bitCount(starts) * window_minutes, 0), spans)) AS minutes
        FROM line_state_hour FINAL
        WHERE window_start >= earliest AND window_start <= moment AND starts != 0
        GROUP BY plant_id
    )
SELECT spans[n].1 AS span, p.zone_id AS zone_id, p.plant_id AS plant_id, c.product AS product, c.unit AS unit,
    toDecimal128(m.micro[n], 6) / 1000000 AS quantity, c.nameplate AS nameplate, c.nameplate_basis AS nameplate_basis,
    c.nameplate_source AS nameplate_source, c.planned_capacity AS planned_capacity, c.planned_source AS planned_source,
    r.minutes[n] / 60 / length(p.lines) AS reported_hours,
    c.nameplate * reported_hours / 8760 AS capacity, toFloat64(quantity) / nullIf(capacity, 0) * 100 AS percent,
    toFloat64(quantity) / nullIf(c.planned_capacity * reported_hours / 8760, 0) * 100 AS planned_percent
FROM (SELECT * FROM plants FINAL) AS p
INNER JOIN (SELECT * FROM plant_products FINAL) AS c ON c.plant_id = p.plant_id
LEFT JOIN made AS m ON m.plant_id = c.plant_id AND m.product = c.product AND m.unit = c.unit
LEFT JOIN reported AS r ON r.plant_id = p.plant_id
ARRAY JOIN range(1, 6) AS n
SETTINGS do_not_merge_across_partitions_select_final = 1, join_use_nulls = 0;

CREATE OR REPLACE VIEW {public:Identifier}.projects_by_state AS
SELECT scope, year, state, projects, projects / total * 100 AS percent, total, basis, source
FROM project_counts FINAL
UNION ALL
SELECT scope, year, 'unexplained', any(total) - sum(projects) AS projects, projects / any(total) * 100, any(total), 'd', any(source)
FROM project_counts FINAL
GROUP BY scope, year;
