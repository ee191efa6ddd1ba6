-- What visits contribute, and what is stored of it.
    crossings AS
    (
        SELECT topic, partition, entity, type, subject, time, id,
            JSONExtract(payload, 'data', 'Tuple(point String, gate_id String, direction String, lane_id String, vehicle_class String, loaded Bool, gross_mass_kg Int64, goods Array(Tuple(regime String, hs_code String, value_usd_minor Int64, net_mass_kg Int64)))') AS body
        FROM standing
    ),
    visits AS
    (
        SELECT topic, partition, entity, any(subject) AS visit, groupUniqArray(body.point) AS points,
            argMinIf((time, id, body), (time, id), body.point = 'crossed') AS crossed,
            argMinIf((time, id, body.gate_id, body.direction), (time, id), body.point = 'arrived') AS arrived,
            argMinIf((time, id, body.gate_id, body.direction), (time, id), body.point = 'turned_back') AS turned_back,
            argMinIf((time, id), (time, id), body.point = 'booth_start') AS booth_start,
            argMaxIf((time, id, body.gate_id, body.direction), (time, id), body.point = 'booth_end') AS booth_end,
            argMaxIf(body.lane_id, (time, id), body.lane_id != '') AS last_lane,
            if(last_lane = '', 'unknown', last_lane) AS lane_id,
            arraySort(groupArrayIf((time, id), body.point = 'crossed')).2 AS crossed_ids,
            concat(crossed.3.gate_id, '/', crossed.3.direction) AS crossed_at,
            dateDiff('millisecond', booth_start.1, booth_end.1) AS booth_ms,
            dateDiff('millisecond', arrived.1, crossed.1) AS dwell_ms,
            hasAll(points, ['booth_start', 'booth_end']) AS has_booth,
            hasAll(points, ['arrived', 'crossed']) AS has_dwell
        FROM crossings
        GROUP BY topic, partition, entity
    ),
    contributions AS
    (
        SELECT topic, partition, entity, row.1 AS stem, row.2 AS moment, row.3 AS dimensions, row.4 AS numbers,
            multiIf(
                stem = 'waiting', if(numbers[1].1 = 'turned_back', [turned_back.2], [arrived.2]),
                startsWith(dimensions, 'booth_service'), [booth_start.2, booth_end.2],
                startsWith(dimensions, 'gate_dwell'), [arrived.2, crossed.2],
                [crossed.2]) AS event_ids
        FROM visits
        ARRAY JOIN arrayConcat(
            arrayFlatten(arrayMap(line -> arrayMap(part -> (part.1, crossed.1, concat(crossed_at, '/', line.regime, '/', part.2),
                    [('value_usd_minor', line.value_usd_minor), ('net_mass_kg', line.net_mass_kg), ('lines', 1::Int64)]),
                    [('trade', substring(line.hs_code, 1, 2)), ('commodity', line.hs_code)]),
                if(has(points, 'crossed'), crossed.3.goods, []))),
            arrayMap(row -> (row.1, row.2, row.3, row.4), arrayFilter(row -> row.5,
            [
                ('crossings', crossed.1, concat(crossed_at, '/', crossed.3.vehicle_class, '/', toString(crossed.3.loaded)),
                    [('vehicles', 1::Int64), ('gross_mass_kg', crossed.3.gross_mass_kg)], has(points, 'crossed')),
                ('waiting', arrived.1, concat(arrived.3, '/', arrived.4),
                    [('vehicles', NOT hasAny(points, ['crossed', 'turned_back'])), ('arrived', 1)], has(points, 'arrived')),
                ('waiting', turned_back.1, concat(turned_back.3, '/', turned_back.4), [('turned_back', 1)],
                    has(points, 'turned_back') AND NOT has(points, 'crossed')),
                ('latency', booth_end.1, concat('booth_service/', booth_end.3, '/', booth_end.4, '/', lane_id, '/'),
                    [('vehicles', 1), ('within_goal', booth_ms <= 120000), ('total_ms', booth_ms), (concat('bucket ', toString(if(booth_ms <= 0, -1, toInt32(ceil(log(booth_ms) / log(1.01 / 0.99)))))), 1)],
                    has_booth AND booth_ms >= 0),
                ('latency', crossed.1, concat('gate_dwell/', crossed_at, '/', lane_id, '/'),
                    [('vehicles', 1), ('total_ms', dwell_ms), (concat('bucket ', toString(if(dwell_ms <= 0, -1, toInt32(ceil(log(dwell_ms) / log(1.01 / 0.99)))))), 1)], has_dwell AND dwell_ms >= 0),
                ('finished', crossed.1, concat('gate_dwell/', crossed_at, '/', lane_id, '//', toString(toUnixTimestamp64Milli(arrived.1))),
                    [('vehicles', 1)], has_dwell AND dwell_ms >= 0),
                ('findings', booth_end.1, concat('negative_interval/', visit, '/booth_service'),
                    [(concat(booth_start.2, ',', booth_end.2), 1)], has_booth AND booth_ms < 0),
                ('findings', crossed.1, concat('negative_interval/', visit, '/gate_dwell'),
                    [(concat(arrived.2, ',', crossed.2), 1)], has_dwell AND dwell_ms < 0),
                ('findings', crossed.1, concat('conflict/', visit, '/crossed'),
                    [(arrayStringConcat(crossed_ids, ','), 1)], length(crossed_ids) > 1)
            ]))) AS row
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
        SELECT topic, partition, 'commodity_day', toDateTime64(day, 3, 'UTC'), concat(gate_id, '/', direction, '/', regime, '/', hs_code),
            [('value_usd_minor', value_usd_minor), ('net_mass_kg', net_mass_kg), ('lines', lines)], version
        FROM commodity_day FINAL
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
        WHERE window_start >= window_from AND window_start < window_to AND interval != 'clearance'
        UNION ALL
        SELECT topic, partition, 'latency_day', toDateTime64(day, 3, 'UTC'),
            concat(interval, '/', gate_id, '/', direction, '/', lane_id, '/', channel),
            arrayConcat([('vehicles', vehicles), ('within_goal', within_goal), ('total_ms', total_ms)],
                arrayMap((bucket, count) -> (concat('bucket ', toString(bucket)), count), mapKeys(sketch), mapValues(sketch))), version
        FROM latency_day FINAL
        WHERE day >= day_from AND day < day_to AND interval != 'clearance'
        UNION ALL
        SELECT topic, partition, 'finished', ended_at,
            concat(interval, '/', gate_id, '/', direction, '/', lane_id, '/', channel, '/', toString(started_ms)),
            [('vehicles', vehicles), ('stops', stops)], version
        FROM finished FINAL
        WHERE ended_at >= window_from AND ended_at < window_to AND interval != 'clearance'
        UNION ALL
        SELECT topic, partition, 'waiting', arrived_at, concat(gate_id, '/', direction),
            [('vehicles', vehicles), ('arrived', arrived), ('turned_back', turned_back)], version
        FROM waiting FINAL
        WHERE arrived_at >= window_from AND arrived_at < window_to
        UNION ALL
        SELECT topic, partition, 'findings' AS kpi, at, concat(kind, '/', subject, '/', qualifier) AS dimensions,
            [(arrayStringConcat(arrayMap(id -> toString(id), ids), ','), 1::Int64)] AS numbers, version
        FROM findings FINAL
        WHERE NOT removed AND kind != 'resent_differs' AND at >= window_from AND at < window_to AND type NOT IN ('vn.laocai.kpi.clearance.stage.v1', 'vn.laocai.kpi.factory.output.v1')
    )
