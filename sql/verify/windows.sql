-- Recomputes every window, register entry and finding from `events` alone and compares it with what is stored.
-- One row comes back: how many windows and numbers there are, how many differ, and a sample of those.
-- A correction reaches the facts of its `entity` only. Rows are compared number by number: a sketch bucket,
-- a register entry and a finding are numbers too, the latter two named by their content.
WITH
    'vn.laocai.kpi.gate.crossing.v1' AS crossing_type,
    'vn.laocai.kpi.clearance.stage.v1' AS stage_type,
    'vn.laocai.kpi.factory.output.v1' AS output_type,
    'vn.laocai.kpi.gate.state.v1' AS state_type,
    'vn.laocai.kpi.target.v1' AS target_type,
    'vn.laocai.kpi.declaration.v1' AS declaration_type,
    toDateTime64({window_from:String}, 3, 'UTC') AS window_from,
    toDateTime64({window_to:String}, 3, 'UTC') AS window_to,
    toDate(window_from, 'Asia/Ho_Chi_Minh') AS day_from,
    toDate(window_to, 'Asia/Ho_Chi_Minh') AS day_to,
    facts AS
    (
        SELECT type, topic, partition, subject, time, toString(id) AS fact_id, toString(corrects_id) AS target,
            correction_kind AS kind, correction_no AS number, payload,
            multiIf(
                type = output_type, concat(toString(toStartOfMinute(time)), subject),
                type = state_type, concat(toString(toStartOfHour(ifNull(corrects_time, time))), subject),
                subject) AS entity
        FROM events FINAL
        PREWHERE position < transform(concat(topic, '/', toString(partition)),
            {partitions:Array(String)}, {next_positions:Array(UInt64)}, toUInt64(0))
            AND ((type = output_type AND time > window_from AND time <= window_to + INTERVAL 1 HOUR)
                OR (type != output_type AND (type, subject) IN
                    (SELECT type, subject FROM events WHERE type != output_type AND time >= window_from AND time < window_to)))
        SETTINGS do_not_merge_across_partitions_select_final = 1
    ),
    links AS
    (
        SELECT type, topic, partition, entity, link.1 AS root, link.2 AS fact_id, link.3 AS kind, link.4 AS number
        FROM
        (
            SELECT type, topic, partition, entity, groupArray(fact_id) AS ids, groupArray(assumeNotNull(target)) AS targets,
                groupArray(kind) AS kinds, groupArray(number) AS numbers
            FROM facts
            WHERE kind != ''
            GROUP BY type, topic, partition, entity
        )
        ARRAY JOIN arrayZip(kpi_roots(ids, targets), ids, kinds, numbers) AS link
    ),
    heads AS
    (
        SELECT type, topic, partition, entity, root, argMax((fact_id, kind), (number, fact_id)) AS head
        FROM links
        GROUP BY type, topic, partition, entity, root
    ),
    standing AS
    (
        SELECT f.type AS type, f.topic AS topic, f.partition AS partition, f.subject AS subject, f.entity AS entity,
            f.time AS time, if(f.kind = '', f.fact_id, h.root) AS id, f.payload AS payload
        FROM facts AS f
        LEFT JOIN heads AS h ON h.type = f.type AND h.topic = f.topic AND h.partition = f.partition
            AND h.entity = f.entity AND h.head.1 = f.fact_id
        WHERE if(f.kind = '',
            (f.type, f.topic, f.partition, f.entity, f.fact_id) NOT IN (SELECT type, topic, partition, entity, root FROM heads),
            f.kind = 'amend' AND h.root != '')
    ),
    crossings AS
    (
        SELECT topic, partition, entity, type, subject, time, id,
            JSONExtract(payload, 'data', 'Tuple(point String, gate_id String, direction String, lane_id String, vehicle_class String, loaded Bool, gross_mass_kg Int64, goods Array(Tuple(regime String, hs_code String, value_usd_minor Int64, net_mass_kg Int64)))') AS body
        FROM standing
        WHERE type = crossing_type
    ),
    visits AS
    (
        SELECT topic, partition, entity, any(type) AS type, any(subject) AS subject,
            groupUniqArray(body.point) AS points,
            argMinIf((time, id, body), (time, id), body.point = 'crossed') AS crossed,
            argMinIf((time, id, body.gate_id, body.direction), (time, id), body.point = 'arrived') AS arrived,
            argMinIf((time, id), (time, id), body.point = 'booth_start') AS booth_start,
            argMaxIf((time, id, body.gate_id, body.direction), (time, id), body.point = 'booth_end') AS booth_end,
            argMaxIf(body.lane_id, (time, id), body.lane_id != '') AS last_lane,
            if(last_lane = '', 'unknown', last_lane) AS lane_id,
            arraySort(groupArrayIf((time, id), body.point = 'crossed')).2 AS crossed_ids
        FROM crossings
        GROUP BY topic, partition, entity
    ),
    stages AS
    (
        SELECT topic, partition, entity, type, subject, time, id,
            JSONExtract(payload, 'data', 'Tuple(stage String, gate_id String, direction String, channel String)') AS body
        FROM standing
        WHERE type = stage_type
    ),
    clearances AS
    (
        SELECT topic, partition, entity, any(type) AS type, any(subject) AS subject,
            groupUniqArray(body.stage) AS stages,
            argMinIf((time, id), (time, id), body.stage = 'lodged') AS lodged,
            argMaxIf((time, id, body.gate_id, body.direction), (time, id), body.stage = 'released') AS released,
            argMaxIf(body.channel, (time, id), body.channel != '') AS last_channel,
            if(last_channel = '', 'unknown', last_channel) AS channel
        FROM stages
        GROUP BY topic, partition, entity
    ),
    -- Both ends of every interval that has both: (interval, start, its id, end, its id, the place of the row).
    intervals AS
    (
        SELECT topic, partition, entity, type, subject, name, start, start_id, end, end_id, place,
            dateDiff('millisecond', start, end) AS duration_ms
        FROM
        (
            SELECT topic, partition, entity, type, subject, ends.1 AS name, ends.2 AS start, ends.3 AS start_id,
                ends.4 AS end, ends.5 AS end_id, ends.6 AS place
            FROM visits
            ARRAY JOIN arrayFilter(e -> hasAll(points, e.7),
            [
                ('booth_service', booth_start.1, booth_start.2, booth_end.1, booth_end.2,
                    concat('booth_service/', booth_end.3, '/', booth_end.4, '/', lane_id, '/'), ['booth_start', 'booth_end']),
                ('gate_dwell', arrived.1, arrived.2, crossed.1, crossed.2,
                    concat('gate_dwell/', crossed.3.gate_id, '/', crossed.3.direction, '/', lane_id, '/'), ['arrived', 'crossed'])
            ]) AS ends
            UNION ALL
            SELECT topic, partition, entity, type, subject, 'clearance', lodged.1, lodged.2, released.1, released.2,
                concat('clearance/', released.3, '/', released.4, '//', channel)
            FROM clearances
            WHERE hasAll(stages, ['lodged', 'released'])
        )
    ),
    reports AS
    (
        SELECT topic, partition, entity, type, subject, time, id,
            JSONExtract(payload, 'data', 'Tuple(zone_id String, plant_id String, line_id String, product String, price_basis String, unit String, window_start String, value_minor Int64, quantity String)') AS body,
            parseDateTime64BestEffort(body.window_start, 3, 'UTC') AS window_start
        FROM standing
        WHERE type = output_type
    ),
    counted_reports AS
    (
        SELECT topic, partition, entity, any(type) AS type, any(subject) AS subject, window_start, body.line_id AS line_id,
            body.product AS product, argMin((time, body), id) AS counted, arraySort(groupArray(id)) AS ids
        FROM reports
        GROUP BY topic, partition, entity, window_start, line_id, product
    ),
    -- What each entity contributes: the tables' stem, when, the dimensions, and the numbers.
    contributions AS
    (
        SELECT topic, partition, row.1 AS stem, row.2 AS moment, row.3 AS dimensions, row.4 AS numbers
        FROM
        (
            SELECT topic, partition, arrayConcat(
                arrayFilter(r -> has(points, 'crossed'), [('crossings', crossed.1,
                    concat(crossed.3.gate_id, '/', crossed.3.direction, '/', crossed.3.vehicle_class, '/', toString(crossed.3.loaded)),
                    [('vehicles', 1::Int64), ('gross_mass_kg', crossed.3.gross_mass_kg)])]),
                arrayMap(line -> ('trade', crossed.1,
                    concat(crossed.3.gate_id, '/', crossed.3.direction, '/', line.regime, '/', substring(line.hs_code, 1, 2)),
                    [('value_usd_minor', line.value_usd_minor), ('net_mass_kg', line.net_mass_kg), ('lines', 1)]),
                    if(has(points, 'crossed'), crossed.3.goods, [])),
                arrayFilter(r -> has(points, 'arrived') AND NOT hasAny(points, ['crossed', 'turned_back']),
                    [('waiting', arrived.1, concat(arrived.3, '/', arrived.4), [('vehicles', 1)])])) AS rows
            FROM visits
        )
        ARRAY JOIN rows AS row
        UNION ALL
        SELECT topic, partition, 'latency', end, place,
            [('vehicles', 1), ('within_goal', name = 'booth_service' AND duration_ms <= 120000), ('total_ms', duration_ms),
                (concat('bucket ', toString(if(duration_ms = 0, -1, ceil(log(duration_ms) / log(1.01 / 0.99))))), 1)]
        FROM intervals
        WHERE duration_ms >= 0
        UNION ALL
        SELECT topic, partition, 'output', window_start,
            concat(counted.2.zone_id, '/', counted.2.plant_id, '/', line_id, '/', product, '/', counted.2.price_basis, '/', counted.2.unit),
            [('value_vnd', counted.2.value_minor), ('quantity_micro', toInt64(toDecimal128(counted.2.quantity, 6) * 1000000)), ('reports', 1)]
        FROM counted_reports
    ),
    recomputed AS
    (
        SELECT topic, partition, if(grain = '', stem, concat(stem, '_', grain)) AS kpi,
            multiIf(
                grain = 'minute', toDateTime64(toStartOfMinute(moment), 3, 'UTC'),
                grain = 'hour', toDateTime64(toStartOfHour(moment), 3, 'UTC'),
                grain = 'day', toDateTime64(toDate(moment, 'Asia/Ho_Chi_Minh'), 3, 'UTC'),
                moment) AS at,
            dimensions, numbers
        FROM contributions
        ARRAY JOIN multiIf(stem = 'output', ['hour', 'day'], stem = 'waiting', [''], ['minute', 'day']) AS grain
        WHERE moment >= window_from AND moment < window_to
        UNION ALL
        SELECT topic, partition, 'findings', end, concat('negative_interval/', entity, '/', name, '/', type, '/', subject),
            [(concat(start_id, ',', end_id), 1)]
        FROM intervals
        WHERE duration_ms < 0 AND end >= window_from AND end < window_to
        UNION ALL
        SELECT topic, partition, 'findings', crossed.1, concat('conflict/', entity, '/crossed/', type, '/', subject),
            [(arrayStringConcat(crossed_ids, ','), 1)]
        FROM visits
        WHERE length(crossed_ids) > 1 AND crossed.1 >= window_from AND crossed.1 < window_to
        UNION ALL
        SELECT topic, partition, 'findings', counted.1,
            concat('conflict/', subject, '/', line_id, '/', product, '/', toString(toUnixTimestamp64Milli(window_start)), '/', type, '/', subject),
            [(arrayStringConcat(ids, ','), 1)]
        FROM counted_reports
        WHERE length(ids) > 1 AND counted.1 >= window_from AND counted.1 < window_to
        UNION ALL
        SELECT topic, partition, 'gate_states', time, id, [(toString(JSONExtract(payload, 'data',
            'Tuple(gate_id String, state String, counterpart_state String, reason String, lanes_open Nullable(Int32), lanes_max Nullable(Int32), yard_present Nullable(Int32), yard_capacity Nullable(Int32), opens_at String, closes_at String)')), 1)]
        FROM standing
        WHERE type = state_type AND time >= window_from AND time < window_to
        UNION ALL
        SELECT topic, partition, 'targets', time, id, [(toString(JSONExtract(payload, 'data',
            'Tuple(indicator String, scope String, year UInt16, value_minor Int64, currency String, qualifier String, effective_from String, source String)')), 1)]
        FROM standing
        WHERE type = target_type AND time >= window_from AND time < window_to
        UNION ALL
        SELECT topic, partition, 'declarations', time, id, [(toString(JSONExtract(payload, 'data',
            'Tuple(declaration_no String, system String, version_no UInt16, status String, regime String, gate_id String, value_usd_minor Int64, net_mass_kg Int64, lines Int32, duty_minor Int64)')), 1)]
        FROM standing
        WHERE type = declaration_type AND time >= window_from AND time < window_to
    ),
    stored AS
    (
        SELECT topic, partition, 'trade_minute' AS kpi, toDateTime64(window_start, 3, 'UTC') AS at,
            concat(gate_id, '/', direction, '/', regime, '/', hs_chapter) AS dimensions,
            [('value_usd_minor', value_usd_minor), ('net_mass_kg', net_mass_kg), ('lines', lines)] AS numbers, version
        FROM trade_minute FINAL
        WHERE window_start >= window_from AND window_start < window_to
        UNION ALL
        SELECT topic, partition, 'trade_day', toDateTime64(day, 3, 'UTC'), concat(gate_id, '/', direction, '/', regime, '/', hs_chapter),
            [('value_usd_minor', value_usd_minor), ('net_mass_kg', net_mass_kg), ('lines', lines)], version
        FROM trade_day FINAL
        WHERE day >= day_from AND day < day_to
        UNION ALL
        SELECT topic, partition, 'crossings_minute', toDateTime64(window_start, 3, 'UTC'),
            concat(gate_id, '/', direction, '/', vehicle_class, '/', toString(loaded)),
            [('vehicles', vehicles), ('gross_mass_kg', gross_mass_kg)], version
        FROM crossings_minute FINAL
        WHERE window_start >= window_from AND window_start < window_to
        UNION ALL
        SELECT topic, partition, 'crossings_day', toDateTime64(day, 3, 'UTC'),
            concat(gate_id, '/', direction, '/', vehicle_class, '/', toString(loaded)),
            [('vehicles', vehicles), ('gross_mass_kg', gross_mass_kg)], version
        FROM crossings_day FINAL
        WHERE day >= day_from AND day < day_to
        UNION ALL
        SELECT topic, partition, 'latency_minute', toDateTime64(window_start, 3, 'UTC'),
            concat(interval, '/', gate_id, '/', direction, '/', lane_id, '/', channel),
            arrayConcat([('vehicles', vehicles), ('within_goal', within_goal), ('total_ms', total_ms)],
                arrayMap((bucket, count) -> (concat('bucket ', toString(bucket)), count), mapKeys(sketch), mapValues(sketch))), version
        FROM latency_minute FINAL
        WHERE window_start >= window_from AND window_start < window_to
        UNION ALL
        SELECT topic, partition, 'latency_day', toDateTime64(day, 3, 'UTC'),
            concat(interval, '/', gate_id, '/', direction, '/', lane_id, '/', channel),
            arrayConcat([('vehicles', vehicles), ('within_goal', within_goal), ('total_ms', total_ms)],
                arrayMap((bucket, count) -> (concat('bucket ', toString(bucket)), count), mapKeys(sketch), mapValues(sketch))), version
        FROM latency_day FINAL
        WHERE day >= day_from AND day < day_to
        UNION ALL
        SELECT topic, partition, 'waiting', arrived_at, concat(gate_id, '/', direction), [('vehicles', vehicles)], version
        FROM waiting FINAL
        WHERE arrived_at >= window_from AND arrived_at < window_to
        UNION ALL
        SELECT topic, partition, 'output_hour', toDateTime64(window_start, 3, 'UTC'),
            concat(zone_id, '/', plant_id, '/', line_id, '/', product, '/', price_basis, '/', unit),
            [('value_vnd', value_vnd), ('quantity_micro', quantity_micro), ('reports', reports)], version
        FROM output_hour FINAL
        WHERE window_start >= window_from AND window_start < window_to
        UNION ALL
        SELECT topic, partition, 'output_day', toDateTime64(day, 3, 'UTC'),
            concat(zone_id, '/', plant_id, '/', line_id, '/', product, '/', price_basis, '/', unit),
            [('value_vnd', value_vnd), ('quantity_micro', quantity_micro), ('reports', reports)], version
        FROM output_day FINAL
        WHERE day >= day_from AND day < day_to
        UNION ALL
        SELECT topic, partition, 'findings', at,
            concat(kind, '/', if(kind = 'conflict' AND type = output_type, subject, entity), '/', qualifier, '/', type, '/', subject),
            [(arrayStringConcat(arrayMap(id -> toString(id), ids), ','), toInt64(1))], version
        FROM findings FINAL
        WHERE NOT removed AND kind != 'resent_differs' AND at >= window_from AND at < window_to
        UNION ALL
        SELECT topic, partition, 'gate_states', time, toString(id), [(toString((toString(gate_id), toString(state),
            toString(counterpart_state), reason, lanes_open, lanes_max, yard_present, yard_capacity, opens_at, closes_at)), 1)], version
        FROM gate_states FINAL
        WHERE NOT removed AND time >= window_from AND time < window_to
        UNION ALL
        SELECT topic, partition, 'targets', time, toString(id), [(toString((toString(indicator), toString(scope), year, value_minor,
            toString(currency), toString(qualifier), toString(effective_from), source)), 1)], version
        FROM targets FINAL
        WHERE NOT removed AND time >= window_from AND time < window_to
        UNION ALL
        SELECT topic, partition, 'declarations', time, toString(id), [(toString((declaration_no, toString(system), version_no,
            toString(status), toString(regime), toString(gate_id), value_usd_minor, net_mass_kg, lines, duty_minor)), 1)], version
        FROM declarations FINAL
        WHERE NOT removed AND time >= window_from AND time < window_to
    ),
    compared AS
    (
        SELECT kpi, at, dimensions, topic, partition, number.1 AS measure,
            sum(stored_amount) AS stored, sum(recomputed_amount) AS recomputed, max(version) AS version
        FROM
        (
            SELECT topic, partition, kpi, at, dimensions, number, number.2 AS stored_amount, 0 AS recomputed_amount, version
            FROM stored
            ARRAY JOIN numbers AS number
            UNION ALL
            SELECT topic, partition, kpi, at, dimensions, number, 0, number.2, 0
            FROM recomputed
            ARRAY JOIN numbers AS number
        )
        GROUP BY kpi, at, dimensions, topic, partition, measure
    )
SELECT countIf(measure IN ('lines', 'vehicles', 'reports')) AS windows, count() AS numbers,
    countIf(stored != recomputed) AS differing,
    groupArrayIf(1000)((kpi, at, dimensions, topic, partition, measure, stored, recomputed, version), stored != recomputed) AS sample
FROM compared
SETTINGS do_not_merge_across_partitions_select_final = 1
