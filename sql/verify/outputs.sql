-- What the reports of plants contribute, and what is stored of it.
    reports AS
    (
        SELECT topic, partition, entity, subject, time, id,
            JSONExtract(payload, 'data', 'Tuple(zone_id String, line_id String, product String, price_basis String, unit String, window_start String, value_minor Int64, quantity String, state String, stop_reason String)') AS body,
            parseDateTime64BestEffort(body.window_start, 3, 'UTC') AS window_start
        FROM standing
    ),
    counted AS
    (
        SELECT topic, partition, entity, any(subject) AS plant, window_start, body.line_id AS line_id, body.product AS product,
            argMin((time, body), id) AS report, arraySort(groupArray(id)) AS ids
        FROM reports
        GROUP BY topic, partition, entity, window_start, line_id, product
    ),
    -- What each line did: the first of what is said of its products, from running to standing.
    lines AS
    (
        SELECT topic, partition, entity, window_start, line_id, any(plant) AS plant_id, any(report.2.zone_id) AS zone_id,
            argMin((report.2.state, report.2.stop_reason),
                (indexOf(['execute', 'idle', 'held', 'suspended', 'stopped', 'aborted'], report.2.state), product)) AS leading,
            leading.1 NOT IN ('execute', 'idle') AND max(toInt64(toDecimal128(report.2.quantity, 6) * 1000000)) = 0 AS stopped,
            dateDiff('minute', window_start, any(report.1)) AS minutes, arraySort(groupArray(ids[1])) AS report_ids
        FROM counted
        GROUP BY topic, partition, entity, window_start, line_id
    ),
    contributions AS
    (
        SELECT topic, partition, entity, row.1 AS stem, row.2 AS moment, row.3 AS dimensions, row.4 AS numbers,
            [ids[1]] AS event_ids
        FROM counted
        ARRAY JOIN arrayConcat(
            [('output', window_start,
                concat(report.2.zone_id, '/', plant, '/', line_id, '/', product, '/', report.2.price_basis, '/', report.2.unit),
                [('value_vnd', report.2.value_minor), ('quantity_micro', toInt64(toDecimal128(report.2.quantity, 6) * 1000000)),
                    ('reports', 1::Int64)])],
            arrayFilter(row -> length(ids) > 1, [('findings', report.1,
                concat('conflict/', plant, '/', line_id, '/', product, '/', toString(toUnixTimestamp64Milli(window_start))),
                [(arrayStringConcat(ids, ','), 1::Int64)])])) AS row
        UNION ALL
        SELECT topic, partition, entity, 'line_state', window_start,
            concat(zone_id, '/', plant_id, '/', line_id, '/', leading.1, '/', leading.2, '/', toString(stopped), '/', toString(minutes)),
            [('starts', bitShiftLeft(1::Int64, toMinute(window_start)))], report_ids
        FROM lines
    ),
    stored AS
    (
        SELECT topic, partition, 'output_hour' AS kpi, toDateTime64(window_start, 3, 'UTC') AS at,
            concat(zone_id, '/', plant_id, '/', line_id, '/', product, '/', price_basis, '/', unit) AS dimensions,
            [('value_vnd', value_vnd), ('quantity_micro', quantity_micro), ('reports', reports)] AS numbers, version
        FROM output_hour FINAL
        WHERE window_start >= window_from AND window_start < window_to
        UNION ALL
        SELECT topic, partition, 'output_day', toDateTime64(day, 3, 'UTC'),
            concat(zone_id, '/', plant_id, '/', line_id, '/', product, '/', price_basis, '/', unit),
            [('value_vnd', value_vnd), ('quantity_micro', quantity_micro), ('reports', reports)], version
        FROM output_day FINAL
        WHERE day >= day_from AND day < day_to
        UNION ALL
        SELECT topic, partition, 'line_state_hour', toDateTime64(window_start, 3, 'UTC'),
            concat(zone_id, '/', plant_id, '/', line_id, '/', state, '/', stop_reason, '/', toString(stopped::UInt8), '/', toString(window_minutes)),
            [('starts', starts)], version
        FROM line_state_hour FINAL
        WHERE window_start >= window_from AND window_start < window_to
        UNION ALL
        SELECT topic, partition, 'findings' AS kpi, at, concat(kind, '/', subject, '/', qualifier) AS dimensions,
            [(arrayStringConcat(arrayMap(id -> toString(id), ids), ','), 1::Int64)] AS numbers, version
        FROM findings FINAL
        WHERE NOT removed AND kind != 'resent_differs' AND at >= window_from AND at < window_to AND type = 'vn.laocai.kpi.factory.output.v1'
    )
