-- How yearly targets stand: the seasons that plans follow, and `progress` with pace and projection.
-- The formulas are those of streams/core/pace.py and its neighbours; a test holds both equal. The views are
-- built of few joins and small steps, because most of their time goes into planning them.

-- One row a year of an indicator, written by `kpi migrate` from streams/core/season.py. Each array has an
-- entry for the end of the day before 1 January, then one for the end of each day; `before` is the year before.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.seasons
(
    indicator LowCardinality(String),
    year UInt16,
    -- Billionths of the year's value planned by then.
    shares Array(Int64),
    shares_before Array(Int64),
    -- Open days by then.
    open_days Array(UInt16),
    open_days_before Array(UInt16),
    recorded_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY (indicator, year);

-- One row an indicator that events measure: its newest event, and what it brought in each scope by local day.
CREATE OR REPLACE VIEW {generation:Identifier}.indicator_history AS
SELECT 'trade_value' AS indicator,
    (SELECT max(time) FROM events
        WHERE type = 'vn.laocai.kpi.gate.crossing.v1' AND time > now64(3, 'UTC') - INTERVAL 7 DAY) AS last_time,
    groupArray((d.scope, d.day, d.value_minor)) AS days
FROM
(
    SELECT arrayJoin(['lao-cai', toString(t.gate_id)]) AS scope, t.day AS day, sum(t.value_usd_minor) AS value_minor
    FROM trade_day AS t FINAL
    WHERE t.lines != 0
    GROUP BY scope, day
) AS d
UNION ALL
SELECT 'industrial_output' AS indicator,
    (SELECT max(time) FROM events
        WHERE type = 'vn.laocai.kpi.factory.output.v1' AND time > now64(3, 'UTC') - INTERVAL 7 DAY) AS last_time,
    groupArray((d.scope, d.day, d.value_minor)) AS days
FROM
(
    SELECT arrayJoin(if(t.zone_id IN (SELECT zone_id FROM zones FINAL WHERE park),
            ['lao-cai', 'parks', toString(t.zone_id)], ['lao-cai', toString(t.zone_id)])) AS scope,
        t.day AS day, sum(t.value_vnd) AS value_minor
    FROM output_day AS t FINAL
    WHERE t.reports != 0
    GROUP BY scope, day
) AS d
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- Every target record against its own year; and for each year the record in force, that of an earlier year
-- (`carried`) where it has none. `until` is the day on which the next record of the year took over.
CREATE OR REPLACE VIEW {generation:Identifier}.target_years AS
SELECT indicator, scope, shown.1 AS year, shown.3 AS in_force, record.1 != year AS carried, record.2 AS effective_from,
    record.5 AS target_minor, record.6 AS currency, record.7 AS qualifier, record.8 AS source,
    if(record.1 = next.1, greatest(next.2, toDate(next.3, 'Asia/Ho_Chi_Minh')), NULL) AS until
FROM
(
    SELECT indicator, scope, shown, known[shown.2] AS record, known[shown.2 + 1] AS next
    FROM
    (
        -- In their order the records of a year that have begun come first, and the last of them is in force.
        SELECT indicator, scope, arrayEnumerate(known) AS numbers,
            arraySort(groupArray((year, effective_from, time, toString(id), value_minor, currency, qualifier, source))) AS known,
            arrayFilter(n -> known[n].2 <= today AND (known[n + 1].1 != known[n].1 OR known[n + 1].2 > today), numbers) AS standing,
            range(toUInt32(known[standing[1]].1),
                if(empty(standing), 0, greatest(known[standing[-1]].1, toYear(today)) + 1)) AS years,
            arrayConcat(
                arrayMap(y -> (toUInt16(y), toUInt32(arrayLast(n -> known[n].1 <= y, standing)), true), years),
                arrayMap(n -> (known[n].1, n, false), arrayFilter(n -> NOT has(standing, n), numbers))) AS all_shown
        FROM (SELECT *, toDate(now('Asia/Ho_Chi_Minh')) AS today FROM targets FINAL WHERE NOT removed)
        GROUP BY indicator, scope, today
    )
    ARRAY JOIN all_shown AS shown
);

-- How each of these targets stands now, a year that is over at its end. Money is in minor units, shares of the
-- year are integers in billionths, days are counted from 1.
CREATE OR REPLACE VIEW {generation:Identifier}.target_paces AS
WITH
    moments AS
    (
        SELECT *, toDateTime(makeDate(year, 1, 1), 'Asia/Ho_Chi_Minh') AS opens,
            greatest(opens, least(now('Asia/Ho_Chi_Minh'), toDateTime(makeDate(year + 1, 1, 1), 'Asia/Ho_Chi_Minh'))) AS at,
            dateDiff('second', opens, at) AS gone
        FROM target_years
    ),
    joined AS
    (
        SELECT m.indicator AS indicator, m.scope AS scope, m.year AS year, m.in_force AS in_force, m.carried AS carried,
            m.effective_from AS effective_from, m.target_minor AS target, m.currency AS currency,
            m.qualifier AS qualifier, m.source AS source, m.until AS until, m.at AS at,
            intDiv(m.gone, 86400) AS gone_days, m.gone % 86400 AS gone_seconds,
            s.shares AS shares, s.shares_before AS shares_before, s.open_days AS opened,
            s.open_days_before AS opened_before, toInt64(length(s.shares)) - 1 AS year_days, notEmpty(s.shares) AS has_season,
            h.indicator != '' AS is_measured, h.last_time AS last_time, notEmpty(h.days) AND has_season AS is_known,
            arrayMin(d -> d.2, h.days) AS since,
            arraySort(arrayMap(d -> (d.2, d.3), arrayFilter(d -> d.1 = m.scope AND toYear(d.2) + 1 IN (m.year, m.year + 1), h.days))) AS days
        FROM moments AS m
        LEFT JOIN (SELECT * FROM seasons FINAL) AS s ON s.indicator = m.indicator AND s.year = m.year
        LEFT JOIN indicator_history AS h ON h.indicator = m.indicator
    ),
    split AS
    (
        SELECT *, arrayMap(d -> (toDayOfYear(d.1), d.2), arrayFilter(d -> toYear(d.1) = year, days)) AS this_year,
            arrayMap(d -> (toDayOfYear(d.1), d.2), arrayFilter(d -> toYear(d.1) != year, days)) AS last_year,
            shares[gone_days + 1] + intDiv((shares[gone_days + 2] - shares[gone_days + 1]) * gone_seconds, 86400) AS share,
            intDiv((gone_days * 86400 + gone_seconds) * 1000000000, greatest(year_days, 1) * 86400) AS straight_share,
            opened[gone_days + 1] AS open_elapsed
        FROM joined
    ),
    counted AS
    (
        SELECT *, arraySum(d -> d.2, this_year) AS actual, 1000000000 - share AS rest,
            -- What is over and known: a history that begins within the year knows less.
            if(is_known AND toYear(since) <= year,
                greatest(0, share - if(toYear(since) = year, shares[toDayOfYear(since)], 0)), 0) AS covered,
            opened[year_days + 1] - open_elapsed AS open_left,
            -- Last year's open day that matches the one that runs, and the day on which its season had this share.
            arrayFirstIndex(n -> n > open_elapsed, opened_before) - 1 AS open_match,
            greatest(1, arrayFirstIndex(s -> s >= share, shares_before) - 1) AS season_match,
            arrayFilter(m -> has_season AND since <= m,
                arrayMap(n -> addMonths(toStartOfMonth(toDate(at)), -n), range(1, 13))) AS months
        FROM split
    ),
    projected AS
    (
        SELECT *, covered > 0 AS has_pace, actual + intDiv(toInt128(actual) * rest, greatest(covered, 1)) AS ratio_end,
            -- Where the year would end if all the rest went as each of the last complete months.
            arrayMap(m -> actual + intDiv(toInt128(arraySum(d -> if(toStartOfMonth(d.1) = m, d.2, 0), days)) * rest,
                    if(toYear(m) = year, shares, shares_before)[toDayOfYear(addMonths(m, 1) - 1) + 1]
                        - if(toYear(m) = year, shares, shares_before)[toDayOfYear(m)]),
                months) AS month_ends,
            if(has_season, toInt64(intDiv(toInt128(target) * share, 1000000000)), NULL) AS planned,
            if(has_season, toInt64(intDiv(toInt128(target) * straight_share, 1000000000)), NULL) AS planned_straight,
            this_year[arrayFirstIndex(total -> total >= target, arrayCumSum(d -> d.2, this_year))].1 AS day_reached,
            share + intDiv(toInt128(target - actual) * covered + actual - 1, greatest(actual, 1)) AS share_needed,
            is_known AND since <= makeDate(year - 1, 1, 1) AS knows_last_year,
            if(is_measured, actual, NULL) AS actual_minor,
            if(knows_last_year, arraySum(d -> multiIf(gone_days = year_days OR open_match <= 0 OR d.1 < open_match, d.2,
                d.1 = open_match AND opened[gone_days + 2] > open_elapsed, intDiv(toInt128(d.2) * gone_seconds, 86400),
                0), last_year), NULL) AS last_open,
            if(knows_last_year, arraySum(d -> multiIf(d.1 < season_match, d.2, d.1 > season_match, 0,
                intDiv(toInt128(d.2) * (share - shares_before[season_match]),
                    greatest(1, shares_before[season_match + 1] - shares_before[season_match]))), last_year), NULL) AS last_season
        FROM counted
    )
SELECT indicator, scope, year, effective_from, until, in_force, CAST(carried, 'Bool') AS carried, source, currency,
    qualifier, target AS target_minor, actual_minor, actual_minor / target * 100 AS percent,
    multiIf(toYear(last_time, 'Asia/Ho_Chi_Minh') = year, last_time, empty(this_year), NULL,
        toTimezone(toDateTime64(makeDate(year, 1, 1) + this_year[-1].1, 3, 'Asia/Ho_Chi_Minh'), 'UTC')
            - INTERVAL 1 MILLISECOND) AS as_of,
    if(has_season, toTimezone(toDateTime64(at, 3), 'UTC'), NULL) AS planned_at,
    if(is_known, since, NULL) AS known_since,
    target - actual_minor AS gap_minor, planned AS planned_minor, planned_straight AS planned_straight_minor,
    if(has_pace, actual_minor / nullIf(planned, 0), NULL) AS pace,
    if(has_pace, actual_minor / nullIf(planned_straight, 0), NULL) AS pace_straight,
    if(has_pace, percent - share / 10000000, NULL) AS points,
    if(has_season, open_elapsed, NULL) AS open_days_elapsed,
    if(has_season, toUInt16(open_left), NULL) AS open_days_left,
    multiIf(NOT has_season OR NOT is_measured, NULL, actual >= target, 0, open_left = 0, NULL,
        intDiv(target - actual + open_left - 1, greatest(open_left, 1))) AS needed_per_open_day,
    if(has_pace, toInt64(ratio_end), NULL) AS projection,
    if(has_pace AND length(months) >= 3, toInt64(least(ratio_end, arrayMin(month_ends))), NULL) AS projection_low,
    if(has_pace AND length(months) >= 3, toInt64(greatest(ratio_end, arrayMax(month_ends))), NULL) AS projection_high,
    multiIf(NOT is_known, NULL, day_reached > 0, makeDate(year, 1, 1) + day_reached - 1,
        actual = 0 OR covered = 0 OR share_needed > 1000000000, NULL,
        makeDate(year, 1, 1) + arrayFirstIndex(s -> s >= share_needed, shares) - 2) AS reached_on,
    toInt64(last_open) AS last_year_minor, actual_minor / nullIf(last_open, 0) * 100 AS last_year_percent,
    toInt64(last_season) AS last_year_season_minor,
    actual_minor / nullIf(last_season, 0) * 100 AS last_year_season_percent,
    CAST(has_season, 'Bool') AS assumption
FROM projected
SETTINGS join_use_nulls = 0;

CREATE OR REPLACE VIEW {public:Identifier}.progress AS
SELECT indicator, scope, year, currency, qualifier, target_minor, actual_minor, percent, carried, as_of,
    planned_at, known_since, gap_minor, planned_minor, planned_straight_minor, pace, pace_straight, points,
    open_days_elapsed, open_days_left, needed_per_open_day, projection, projection_low, projection_high,
    reached_on, last_year_minor, last_year_percent, last_year_season_minor, last_year_season_percent, assumption
FROM target_paces
WHERE in_force;

-- Each target record, those that another one has replaced too: the old view stays readable.
CREATE OR REPLACE VIEW {public:Identifier}.progress_by_target AS
SELECT indicator, scope, year, effective_from, until, in_force, source, currency, qualifier, target_minor,
    actual_minor, percent, as_of, planned_at, known_since, gap_minor, planned_minor, planned_straight_minor,
    pace, pace_straight, points, open_days_elapsed, open_days_left, needed_per_open_day, projection,
    projection_low, projection_high, reached_on, last_year_minor, last_year_percent, last_year_season_minor,
    last_year_season_percent, assumption
FROM target_paces
WHERE NOT carried;

-- The plan in percent of any target of an indicator and year, by the end of each day; and which days are open.
CREATE OR REPLACE VIEW {public:Identifier}.plan_by_day AS
SELECT indicator, makeDate(year, 1, 1) + n - 1 AS day, CAST(open_days[n + 1] > open_days[n], 'Bool') AS open,
    open_days[n + 1] AS open_days_elapsed, shares[n + 1] / 10000000 AS planned_percent,
    n / (length(shares) - 1) * 100 AS straight_percent, true AS assumption
FROM seasons FINAL
ARRAY JOIN range(1, length(shares)) AS n;
