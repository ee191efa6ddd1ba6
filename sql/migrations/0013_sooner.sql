-- The same numbers as before, found sooner.

-- Runs of each line, as 0008 has them. Full hours that follow each other in one state are one piece before anything is
-- sorted, which leaves few. Where a line said something else in one of them, too, each hour stays apart.
CREATE OR REPLACE VIEW {generation:Identifier}.line_runs AS
WITH
    4294967295::UInt32 AS never_s,
    said_hours AS
    (
        SELECT zone_id, plant_id, line_id, (state, stop_reason, stopped) AS said, window_minutes * 60 AS length_s,
            groupArrayIf(hour_s, is_full) AS full_hours, groupArrayIf((hour_s, starts), NOT is_full) AS part_hours
        FROM
        (
            SELECT *, toUnixTimestamp(window_start) AS hour_s, modulo(60, window_minutes) = 0
                AND starts = intDiv(1152921504606846975, bitShiftLeft(1::Int64, window_minutes) - 1) AS is_full
            FROM line_state_hour FINAL
            WHERE starts != 0
        )
        GROUP BY zone_id, plant_id, line_id, state, stop_reason, stopped, window_minutes
    ),
    lines AS
    (
        SELECT zone_id, plant_id, line_id, groupArray((said, length_s, full_hours, part_hours)) AS all_said,
            arrayConcat(groupArrayArray(full_hours), arrayDistinct(groupArrayArray(part_hours.1))) AS hours,
            length(hours) = length(arrayDistinct(hours)) AS is_alone
        FROM said_hours
        GROUP BY zone_id, plant_id, line_id
    ),
    pieces AS
    (
        SELECT zone_id, plant_id, line_id, one.1 AS said, one.2 AS length_s, piece.1 AS starts_s, piece.2 AS ends_s
        FROM
        (
            SELECT zone_id, plant_id, line_id, is_alone, one, arraySort(one.3) AS full_hours
            FROM lines
            ARRAY JOIN arrayPushBack(all_said, ((CAST('', 'LowCardinality(String)'), CAST('', 'LowCardinality(String)'), false), 0, [], [])) AS one
        )
        ARRAY JOIN arrayConcat(
            if(one.2 = 0, [(never_s, never_s)], []),
            arrayMap(stretch -> (stretch[1], toUInt32(stretch[-1] + 3600)),
                arraySplit((hour, step) -> step != 3600 OR NOT is_alone, full_hours, arrayDifference(full_hours))),
            arrayFlatten(arrayMap(part -> arrayMap(m -> (toUInt32(part.1 + m * 60), toUInt32(part.1 + m * 60 + one.2)),
                bitPositionsToArray(part.2)), one.4))) AS piece
        WHERE one.2 = 0 OR notEmpty(one.3) OR notEmpty(one.4)
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

-- The moment of a local time that is counted in seconds since 1970, and the other way. Asia/Ho_Chi_Minh is seven hours
-- ahead of UTC the whole year, and has been since 1975.
CREATE OR REPLACE FUNCTION kpi_moment AS (local_seconds) -> toDateTime(local_seconds - 25200, 'UTC');
CREATE OR REPLACE FUNCTION kpi_local_seconds AS (at) -> toInt64(toUnixTimestamp(at)) + 25200;

-- What each gate of the registry last said and when it was last heard of, as 0010 has it. Step by step, for most of its
-- time went into planning: a function is written out wherever it is used, with all that its arguments are made of.
CREATE OR REPLACE VIEW {generation:Identifier}.gates_latest AS
SELECT gate_id, ordinary_opens_at, ordinary_closes_at, announced_opens_at, announced_closes_at, opens_at, closes_at, opens, length,
    ordinary_yard_capacity, basis, state, counterpart_state, reason, lanes_open, lanes_max, yard_present, yard_capacity,
    if(state = '', NULL, last_said_at) AS said_at, heard_at, known_until,
    if(known_until IS NULL OR known_until <= now('UTC'), 'no_data', state) AS status
FROM
(
    SELECT *, if(state = '', NULL, kpi_vouched_until(assumeNotNull(heard_at), last_said_at, state, opens, length)) AS known_until
    FROM
    (
        SELECT *, kpi_clock_seconds(opens_at) AS opens, kpi_open_length(opens_at, closes_at) AS length
        FROM
        (
            SELECT g.gate_id AS gate_id, g.opens_at AS ordinary_opens_at, g.closes_at AS ordinary_closes_at,
                s.hours.1 AS announced_opens_at, s.hours.2 AS announced_closes_at,
                if(announced_opens_at = '', g.opens_at, announced_opens_at) AS opens_at,
                if(announced_opens_at = '', g.closes_at, announced_closes_at) AS closes_at,
                g.yard_capacity AS ordinary_yard_capacity, g.basis AS basis, s.newest.1 AS state, s.newest.2 AS counterpart_state,
                s.newest.3 AS reason, s.newest.4 AS lanes_open, s.newest.5 AS lanes_max, s.newest.6 AS yard_present,
                s.newest.7 AS yard_capacity, s.said_at AS last_said_at,
                nullIf(greatest(s.said_at, t.heard_at), toDateTime64(0, 3, 'UTC')) AS heard_at
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
        )
    )
)
SETTINGS join_use_nulls = 0;
