-- Trade by commodity, budget revenue, and the reconciliation of the two declaration systems.

CREATE TABLE IF NOT EXISTS {generation:Identifier}.commodity_day
(
    day Date,
    gate_id LowCardinality(String),
    direction LowCardinality(String),
    regime LowCardinality(String),
    hs_code LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    value_usd_minor Int64,
    net_mass_kg Int64,
    lines Int64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (day, gate_id, direction, regime, hs_code, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

CREATE TABLE IF NOT EXISTS {generation:Identifier}.revenue_day
(
    day Date,
    gate_id LowCardinality(String),
    direction LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    duty_vnd Int64,
    fee_vnd Int64,
    payments Int64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (day, gate_id, direction, topic, partition)
SETTINGS index_granularity = 2048, min_age_to_force_merge_seconds = 5, min_age_to_force_merge_on_partition_only = 1;

-- Names of goods by HS code, written by every `kpi migrate` from the registry; two digits name a chapter.
CREATE TABLE IF NOT EXISTS {generation:Identifier}.commodities
(
    hs_code String,
    vi String,
    en String,
    recorded_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY hs_code;

-- What events bring of each indicator, one row an indicator: its newest event, its first day, and for each scope and
-- year (`keys`) the sums from 1 January to the end of each day, after the zero that the year begins with.
CREATE OR REPLACE VIEW {generation:Identifier}.indicator_history AS
SELECT indicator, max(newest) AS last_time, minIf(first_day, year > 1970) AS since,
    groupArray((toString(scope), year)) AS keys, groupArray(sums) AS sums, groupArray(last_day) AS last_days
FROM
(
    SELECT indicator, arrayJoin(if(park, ['lao-cai', 'parks', toString(place)], ['lao-cai', toString(place)])) AS scope,
        year, max(newest) AS newest, min(first_day) AS first_day, max(last_day) AS last_day,
        arrayCumSum(sumForEach(daily)) AS sums
    FROM
    (
        SELECT indicator, place, park, toYear(day) AS year, max(at) AS newest, min(day) AS first_day, max(day) AS last_day,
            groupArrayInsertAt(0, 367)(value, toDayOfYear(day)) AS daily
        FROM
        (
            SELECT 'trade_value' AS indicator, gate_id AS place, false AS park, day, sum(value_usd_minor) AS value,
                toDateTime64(0, 3, 'UTC') AS at
            FROM trade_day FINAL
            WHERE lines != 0
            GROUP BY place, day
            UNION ALL
            SELECT 'budget_revenue', gate_id, false, day, sum(duty_vnd + fee_vnd), toDateTime64(0, 3, 'UTC')
            FROM revenue_day FINAL
            WHERE payments != 0
            GROUP BY gate_id, day
            UNION ALL
            SELECT 'industrial_output', zone_id, zone_id IN (SELECT zone_id FROM zones FINAL WHERE park), day,
                sum(value_vnd), toDateTime64(0, 3, 'UTC')
            FROM output_day FINAL
            WHERE reports != 0
            GROUP BY zone_id, day
            UNION ALL
            -- The moment of the newest event, on a day that is in no year.
            SELECT transform(type, ['vn.laocai.kpi.gate.crossing.v1', 'vn.laocai.kpi.clearance.stage.v1'],
                    ['trade_value', 'budget_revenue'], 'industrial_output'), '', false, toDate(0), 0, max(time)
            FROM events
            WHERE time > now64(3, 'UTC') - INTERVAL 7 DAY AND type IN ('vn.laocai.kpi.gate.crossing.v1',
                'vn.laocai.kpi.clearance.stage.v1', 'vn.laocai.kpi.factory.output.v1')
            GROUP BY type
        )
        GROUP BY indicator, place, park, year
    )
    GROUP BY indicator, scope, year
)
GROUP BY indicator
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
        SELECT indicator, scope, known,
            arrayFilter((n, r) -> r.2 <= today AND (known[n + 1].1 != r.1 OR known[n + 1].2 > today), arrayEnumerate(known), known) AS standing
        FROM
        (
            SELECT indicator, scope, toDate(now('Asia/Ho_Chi_Minh')) AS today,
                arraySort(groupArray((year, effective_from, time, toString(id), value_minor, currency, qualifier, source))) AS known
            FROM targets FINAL
            WHERE NOT removed
            GROUP BY indicator, scope
        )
    )
    ARRAY JOIN arrayConcat(
        arrayMap(y -> (toUInt16(y), toUInt32(arrayLast(n -> known[n].1 <= y, standing)), true),
            range(toUInt32(known[standing[1]].1),
                if(empty(standing), 0, greatest(known[standing[-1]].1, toYear(now('Asia/Ho_Chi_Minh'))) + 1))),
        arrayMap(n -> (known[n].1, n, false), arrayFilter(n -> NOT has(standing, n), arrayEnumerate(known)))) AS shown
);

-- How each of these targets stands now, a year that is over at its end. Money is in minor units, shares of the
-- year are integers in billionths, days are counted from 1; element n + 1 of an array is what was by the end of day n.
CREATE OR REPLACE VIEW {generation:Identifier}.target_paces AS
WITH
    -- Where each year stands: what of its season and of its open days is over.
    placed AS
    (
        SELECT m.*, dateDiff('second', opens, at) AS gone, intDiv(gone, 86400) AS gone_days, gone % 86400 AS gone_seconds,
            s.shares AS shares, s.shares_before AS shares_before, s.open_days AS opened, s.open_days_before AS opened_before,
            notEmpty(s.shares) AS has_season, toInt64(length(s.shares)) - 1 AS year_days, s.open_days[gone_days + 1] AS open_elapsed,
            s.shares[gone_days + 1] + intDiv((s.shares[gone_days + 2] - s.shares[gone_days + 1]) * gone_seconds, 86400) AS share,
            -- Last year's open day that matches the one that runs, and the day on which its season had this share.
            arrayFirstIndex(n -> n > open_elapsed, s.open_days_before) - 1 AS open_match,
            greatest(1, arrayFirstIndex(n -> n >= share, s.shares_before) - 1) AS season_match
        FROM
        (
            SELECT *, toDateTime(makeDate(year, 1, 1), 'Asia/Ho_Chi_Minh') AS opens,
                greatest(opens, least(now('Asia/Ho_Chi_Minh'), toDateTime(makeDate(year + 1, 1, 1), 'Asia/Ho_Chi_Minh'))) AS at
            FROM target_years
        ) AS m
        LEFT JOIN (SELECT * EXCEPT (indicator, year), indicator AS sown, year AS season FROM seasons FINAL) AS s
            ON s.sown = m.indicator AND s.season = m.year
    ),
    known AS
    (
        SELECT p.*, p.target_minor AS target, h.last_time AS last_time, h.since AS since, has_season AND toUInt16(h.since) != 0 AS is_known,
            indexOf(h.keys, (scope, year)) AS place, h.sums[place] AS sums, h.last_days[place] AS last_day,
            h.sums[indexOf(h.keys, (scope, toUInt16(year - 1)))] AS before,
            h.sums[place][-1] AS actual, 1000000000 - share AS rest,
            if(has_season, toInt64(intDiv(toInt128(target) * share, 1000000000)), NULL) AS planned,
            -- What is over and known: a history that begins within the year knows less.
            if(is_known AND toYear(h.since) <= year,
                greatest(0, share - if(toYear(h.since) = year, shares[toDayOfYear(h.since)], 0)), 0) AS covered
        FROM placed AS p
        LEFT JOIN (SELECT * EXCEPT (indicator), indicator AS measured FROM indicator_history) AS h ON h.measured = p.indicator
    ),
    projected AS
    (
        SELECT *, covered > 0 AS has_pace,
            if(indicator IN ('trade_value', 'budget_revenue', 'industrial_output'), actual, NULL) AS actual_minor,
            actual + intDiv(toInt128(actual) * rest, greatest(covered, 1)) AS ratio_end,
            -- Where the year would end if all the rest went as each of the last complete months.
            arrayMap(m -> actual + intDiv(toInt128(if(m.3, sums[m.2] - sums[m.1], before[m.2] - before[m.1])) * rest,
                    if(m.3, shares[m.2] - shares[m.1], shares_before[m.2] - shares_before[m.1])),
                arrayMap(m -> (toDayOfYear(m), toDayOfYear(addMonths(m, 1) - 1) + 1, toYear(m) = year),
                    arrayFilter(m -> has_season AND since <= m,
                        arrayMap(n -> addMonths(toStartOfMonth(toDate(at)), -n), range(1, 13))))) AS month_ends,
            if(is_known AND since <= makeDate(year - 1, 1, 1), 1, NULL) AS knows_before,
            share + intDiv(toInt128(target - actual) * covered + actual - 1, greatest(actual, 1)) AS share_needed,
            if(isNull(knows_before), NULL, if(gone_days = year_days OR open_match <= 0, before[-1],
                before[open_match] + if(opened[gone_days + 2] > open_elapsed,
                    intDiv(toInt128(before[open_match + 1] - before[open_match]) * gone_seconds, 86400), 0))) AS last_open,
            if(isNull(knows_before), NULL, before[season_match]
                + intDiv(toInt128(before[season_match + 1] - before[season_match]) * (share - shares_before[season_match]),
                    greatest(1, shares_before[season_match + 1] - shares_before[season_match]))) AS last_season
        FROM known
    )
SELECT indicator, scope, year, effective_from, until, in_force, CAST(carried, 'Bool') AS carried, source, currency,
    qualifier, target AS target_minor, actual_minor, actual_minor / target * 100 AS percent,
    multiIf(toYear(last_time, 'Asia/Ho_Chi_Minh') = year, last_time, toUInt16(last_day) = 0, NULL,
        toTimezone(toDateTime64(last_day + 1, 3, 'Asia/Ho_Chi_Minh'), 'UTC') - INTERVAL 1 MILLISECOND) AS as_of,
    if(has_season, toTimezone(toDateTime64(at, 3), 'UTC'), NULL) AS planned_at,
    if(is_known, since, NULL) AS known_since,
    target - actual_minor AS gap_minor, planned AS planned_minor, if(has_season,
        toInt64(intDiv(toInt128(target) * intDiv(gone * 1000000000, greatest(year_days, 1) * 86400), 1000000000)), NULL) AS planned_straight_minor,
    if(has_pace, actual_minor / nullIf(planned, 0), NULL) AS pace,
    if(has_pace, actual_minor / nullIf(planned_straight_minor, 0), NULL) AS pace_straight,
    if(has_pace, percent - share / 10000000, NULL) AS points,
    if(has_season, open_elapsed, NULL) AS open_days_elapsed,
    if(has_season, toUInt16(opened[year_days + 1] - open_elapsed), NULL) AS open_days_left,
    multiIf(NOT has_season OR isNull(actual_minor), NULL, actual >= target, 0, open_days_left = 0, NULL,
        intDiv(target - actual + open_days_left - 1, greatest(open_days_left, 1))) AS needed_per_open_day,
    if(has_pace, toInt64(ratio_end), NULL) AS projection,
    if(has_pace AND length(month_ends) >= 3, toInt64(least(ratio_end, arrayMin(month_ends))), NULL) AS projection_low,
    if(has_pace AND length(month_ends) >= 3, toInt64(greatest(ratio_end, arrayMax(month_ends))), NULL) AS projection_high,
    multiIf(NOT is_known, NULL, actual >= target, makeDate(year, 1, 1) + arrayFirstIndex(total -> total >= target, sums) - 2,
        actual = 0 OR covered = 0 OR share_needed > 1000000000, NULL,
        makeDate(year, 1, 1) + arrayFirstIndex(s -> s >= share_needed, shares) - 2) AS reached_on,
    toInt64(last_open) AS last_year_minor, actual_minor / nullIf(last_open, 0) * 100 AS last_year_percent,
    toInt64(last_season) AS last_year_season_minor,
    actual_minor / nullIf(last_season, 0) * 100 AS last_year_season_percent,
    CAST(has_season, 'Bool') AS assumption
FROM projected
SETTINGS join_use_nulls = 0;

-- Trade by gate pair; a gate that the registry does not describe shows its slug.
CREATE OR REPLACE VIEW {public:Identifier}.gate_trade_by_day AS
SELECT t.day AS day, t.gate_id AS gate_id, if(g.vi = '', t.gate_id, g.vi) AS gate, g.counterpart_vi AS counterpart,
    g.gate_kind AS gate_kind, t.direction AS direction, t.regime AS regime, t.value AS value_usd_minor, t.mass AS net_mass_kg,
    t.line_count AS lines
FROM
(
    SELECT day, toString(gate_id) AS gate_id, direction, regime, sum(value_usd_minor) AS value, sum(net_mass_kg) AS mass,
        sum(lines) AS line_count
    FROM trade_day FINAL
    GROUP BY day, gate_id, direction, regime
    HAVING value != 0 OR mass != 0 OR line_count != 0
) AS t
LEFT JOIN (SELECT toString(gate_id) AS gate_id, vi, counterpart_vi, toString(kind) AS gate_kind FROM gates FINAL) AS g
    ON g.gate_id = t.gate_id
SETTINGS do_not_merge_across_partitions_select_final = 1, join_use_nulls = 0;

-- Vehicles of each gate pair beside what they carried.
CREATE OR REPLACE VIEW {public:Identifier}.gate_traffic_by_day AS
SELECT t.day AS day, t.gate_id AS gate_id, if(g.vi = '', t.gate_id, g.vi) AS gate, g.counterpart_vi AS counterpart,
    g.gate_kind AS gate_kind, t.direction AS direction, t.loaded_count AS loaded_vehicles, t.empty_count AS empty_vehicles,
    t.loaded_count / nullIf(t.loaded_count + t.empty_count, 0) * 100 AS loaded_percent, t.value AS value_usd_minor,
    t.mass AS net_mass_kg, t.value / nullIf(t.loaded_count, 0) AS value_per_loaded,
    t.value / nullIf(t.mass, 0) * 1000 AS value_per_tonne
FROM
(
    SELECT day, toString(gate_id) AS gate_id, direction, sum(loaded_part) AS loaded_count, sum(empty_part) AS empty_count,
        sum(value_part) AS value, sum(mass_part) AS mass
    FROM
    (
        SELECT day, gate_id, direction, if(loaded, vehicles, 0) AS loaded_part, if(loaded, 0, vehicles) AS empty_part,
            0::Int64 AS value_part, 0::Int64 AS mass_part
        FROM crossings_day FINAL
        UNION ALL
        SELECT day, gate_id, direction, 0, 0, value_usd_minor, net_mass_kg
        FROM trade_day FINAL
    )
    GROUP BY day, gate_id, direction
    HAVING loaded_count != 0 OR empty_count != 0 OR value != 0 OR mass != 0
) AS t
LEFT JOIN (SELECT toString(gate_id) AS gate_id, vi, counterpart_vi, toString(kind) AS gate_kind FROM gates FINAL) AS g
    ON g.gate_id = t.gate_id
SETTINGS do_not_merge_across_partitions_select_final = 1, join_use_nulls = 0;

-- The parts of each day's headline. Whatever is neither export nor import is the third class.
CREATE OR REPLACE VIEW {public:Identifier}.trade_by_regime AS
SELECT day, multiIf(r.regime IN ('export', 'import'), r.regime, 'other') AS regime_class, r.regime AS regime,
    r.value AS value_usd_minor, sum(r.value) OVER whole_day AS headline_usd_minor,
    value_usd_minor / nullIf(headline_usd_minor, 0) * 100 AS percent
FROM
(
    SELECT day, toString(regime) AS regime, sum(value_usd_minor) AS value
    FROM trade_day FINAL
    GROUP BY day, regime
    HAVING value != 0
) AS r
WINDOW whole_day AS (PARTITION BY day)
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- A code without a name of its own shows that of its first six digits, else the code.
CREATE OR REPLACE VIEW {public:Identifier}.commodity_by_day AS
WITH (SELECT (arrayPushBack(groupArray(hs_code), ''), arrayPushBack(groupArray(vi), '')) FROM commodities FINAL) AS names
SELECT day, gate_id, direction, regime, substring(code, 1, 2) AS hs_chapter,
    transform(hs_chapter, names.1, names.2, hs_chapter) AS chapter, substring(code, 1, 4) AS hs_heading, code AS hs_code,
    transform(code, names.1, names.2, transform(substring(code, 1, 6), names.1, names.2, code)) AS commodity,
    value AS value_usd_minor, mass AS net_mass_kg, line_count AS lines, value / nullIf(mass, 0) * 1000 AS value_per_tonne
FROM
(
    SELECT day, gate_id, direction, regime, toString(hs_code) AS code, sum(value_usd_minor) AS value,
        sum(net_mass_kg) AS mass, sum(lines) AS line_count
    FROM commodity_day FINAL
    GROUP BY day, gate_id, direction, regime, code
    HAVING value != 0 OR mass != 0 OR line_count != 0
)
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- What the state took at each gate, beside the trade of that day: payment and crossing are two moments.
CREATE OR REPLACE VIEW {public:Identifier}.revenue_by_day AS
SELECT day, gate_id, direction, sum(duty) AS duty_vnd, sum(fee) AS fee_vnd, duty_vnd + fee_vnd AS revenue_vnd,
    sum(paid) AS payments, sum(trade) AS trade_usd_minor, revenue_vnd / nullIf(trade_usd_minor, 0) * 100 AS vnd_per_usd
FROM
(
    SELECT day, gate_id, direction, duty_vnd AS duty, fee_vnd AS fee, payments AS paid, 0::Int64 AS trade
    FROM revenue_day FINAL
    UNION ALL
    SELECT day, gate_id, direction, 0, 0, 0, value_usd_minor
    FROM trade_day FINAL
)
GROUP BY day, gate_id, direction
HAVING duty_vnd != 0 OR fee_vnd != 0 OR payments != 0 OR trade_usd_minor != 0
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- Each declaration as the two systems know it now: of each side the newest version stands, by (version, time), as one
-- number made of version, milliseconds, status and value, because the largest number of many is found far sooner than
-- the largest tuple. States: 0 matched, 1 other value, 2 cancelled, 3 cancelled on one side, 4 pending, 5 only on the
-- platform, 6 only at customs. One that only one side knows is pending for an hour after it was registered there
-- (assumption); every other one is `due` once its hour is over, unless nobody upholds it.
CREATE OR REPLACE VIEW {generation:Identifier}.declaration_states AS
WITH
    entries AS
    (
        SELECT toUInt64OrZero(declaration_no) AS number, system = 'digital_gate' AS is_digital, time, gate_id, regime,
            version_no > 1 OR status = 'amended' AS is_amended,
            bitShiftLeft(toUInt128(bitShiftLeft(toUInt64(version_no), 44) + toUnixTimestamp64Milli(time)), 42)
                + bitShiftLeft(toUInt64(indexOf(['amended', 'released', 'cancelled'], status)), 40) + toUInt64(value_usd_minor) AS packed
        FROM declarations FINAL
        WHERE NOT removed
    ),
    sides AS
    (
        SELECT number, min(time) AS first_at, minIf(time, is_digital) AS digital_first, minIf(time, NOT is_digital) AS customs_first,
            argMax(gate_id, packed) AS gate_id, argMax(regime, packed) AS regime, max(is_amended) AS amended,
            maxIf(packed, is_digital) AS digital, maxIf(packed, NOT is_digital) AS customs
        FROM entries
        GROUP BY number
    ),
    unpacked AS
    (
        SELECT number, first_at, digital_first, customs_first, gate_id, regime, amended,
            toUInt16(bitShiftRight(digital, 86)) AS digital_version, toUInt16(bitShiftRight(customs, 86)) AS customs_version,
            toUInt8(bitAnd(bitShiftRight(digital, 40), 3)) AS digital_status, toUInt8(bitAnd(bitShiftRight(customs, 40), 3)) AS customs_status,
            toInt64(bitAnd(digital, 1099511627775)) AS digital_value, toInt64(bitAnd(customs, 1099511627775)) AS customs_value,
            digital_version > 0 AND digital_status != 3 AS digital_stands, customs_version > 0 AND customs_status != 3 AS customs_stands,
            first_at > now64(3, 'UTC') - INTERVAL 60 MINUTE AS is_new
        FROM sides
    )
SELECT *,
    multiIf(
        digital_stands AND customs_stands, if(digital_value = customs_value, 0, 1),
        NOT digital_stands AND NOT customs_stands, 2,
        digital_version > 0 AND customs_version > 0, 3,
        is_new, 4,
        digital_version > 0, 5, 6) AS state,
    state != 2 AND NOT is_new AS due,
    if(digital_version > 0 AND customs_version > 0, dateDiff('second', digital_first, customs_first), NULL) AS lag_seconds,
    number IN
    (
        SELECT toUInt64OrZero(subject) FROM events WHERE type = 'vn.laocai.kpi.declaration.v1' AND late
    ) AS is_late
FROM unpacked;

CREATE OR REPLACE VIEW {public:Identifier}.reconciliation AS
SELECT toDate(first_at, 'Asia/Ho_Chi_Minh') AS day, leftPad(toString(number), 12, '0') AS declaration_no, gate_id, regime,
    ['matched', 'value_mismatch', 'cancelled', 'cancelled_one_side', 'pending', 'only_digital', 'only_customs'][s.state + 1] AS state,
    CAST(s.due, 'Bool') AS due, if(digital_version > 0, digital_first, NULL) AS digital_at,
    if(customs_version > 0, customs_first, NULL) AS customs_at, s.lag_seconds AS lag_seconds, s.digital_version AS digital_version,
    s.customs_version AS customs_version,
    if(digital_version > 0, ['registered', 'amended', 'released', 'cancelled'][s.digital_status + 1], '') AS digital_status,
    if(customs_version > 0, ['registered', 'amended', 'released', 'cancelled'][s.customs_status + 1], '') AS customs_status,
    if(digital_version > 0, digital_value, NULL) AS digital_usd_minor, if(customs_version > 0, customs_value, NULL) AS customs_usd_minor,
    if(digital_stands AND customs_stands, customs_value - digital_value, NULL) AS difference_usd_minor,
    CAST(s.is_late, 'Bool') AS late, CAST(s.amended, 'Bool') AS amended
FROM declaration_states AS s;

-- What both sides uphold would count twice for whoever adds the two systems (`double`); what one side alone upholds, and
-- what the two differ by, may stand for the same goods under another number (`at risk`).
CREATE OR REPLACE VIEW {public:Identifier}.reconciliation_by_day AS
SELECT toDate(s.first_at, 'Asia/Ho_Chi_Minh') AS day, s.gate_id AS gate_id, count() AS declarations,
    countIf(s.state = 0) AS matched, countIf(s.state = 1) AS value_mismatch, countIf(s.state = 5) AS only_digital,
    countIf(s.state = 6) AS only_customs, countIf(s.state = 4) AS pending, countIf(s.state = 2) AS cancelled,
    countIf(s.state = 3) AS cancelled_one_side, countIf(s.due) AS due, countIf(s.due AND s.state = 0) AS due_matched,
    countIf(s.due AND s.state = 0 AND abs(s.lag_seconds) <= 3600) AS due_matched_60,
    due_matched / nullIf(due, 0) * 100 AS match_percent, due_matched_60 / nullIf(due, 0) * 100 AS match_60_percent,
    sumIf(least(s.digital_value, s.customs_value), s.state IN (0, 1)) AS double_usd_minor,
    sumIf(s.digital_value * s.digital_stands + s.customs_value * s.customs_stands, s.state IN (3, 5, 6)) + mismatch_usd_minor AS at_risk_usd_minor,
    sumIf(toInt64(abs(s.customs_value - s.digital_value)), s.state = 1) AS mismatch_usd_minor,
    avg(abs(s.lag_seconds)) AS mean_lag_seconds, quantileExact(0.5)(abs(s.lag_seconds)) AS median_lag_seconds,
    countIf(s.is_late) AS late_declarations, countIf(s.amended) AS amended_declarations, countIf(s.digital_version > 0) AS digital,
    digital / declarations * 100 AS digital_percent
FROM declaration_states AS s
GROUP BY day, gate_id;
