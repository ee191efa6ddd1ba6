-- What clearances contribute, and what is stored of it.
    stages AS
    (
        SELECT topic, partition, entity, subject, time, id,
            JSONExtract(payload, 'data', 'Tuple(stage String, gate_id String, direction String, channel String, duty_minor Int64, fee_minor Int64)') AS body
        FROM standing
    ),
    clearances AS
    (
        SELECT topic, partition, entity, any(subject) AS visit,
            argMinIf((time, id), (time, id), body.stage = 'lodged') AS lodged,
            argMaxIf((time, id, body.gate_id, body.direction), (time, id), body.stage = 'released') AS released,
            argMaxIf(body.channel, (time, id), body.channel != '') AS last_channel,
            if(last_channel = '', 'unknown', last_channel) AS channel,
            dateDiff('millisecond', lodged.1, released.1) AS clearance_ms
        FROM stages
        GROUP BY topic, partition, entity
        HAVING hasAll(groupUniqArray(body.stage), ['lodged', 'released'])
    ),
    contributions AS
    (
        SELECT topic, partition, entity, 'latency' AS stem, released.1 AS moment,
            concat('clearance/', released.3, '/', released.4, '//', channel) AS dimensions,
            [('vehicles', 1::Int64), ('total_ms', clearance_ms), (concat('bucket ', toString(if(clearance_ms <= 0, -1, toInt32(ceil(log(clearance_ms) / log(1.01 / 0.99)))))), 1)] AS numbers,
            [lodged.2, released.2] AS event_ids
        FROM clearances
        WHERE clearance_ms >= 0
        UNION ALL
        SELECT topic, partition, entity, 'findings', released.1, concat('negative_interval/', visit, '/clearance'),
            [(concat(lodged.2, ',', released.2), 1)], [lodged.2, released.2]
        FROM clearances
        WHERE clearance_ms < 0
        UNION ALL
        SELECT topic, partition, entity, 'revenue', time, concat(body.gate_id, '/', body.direction),
            [('duty_vnd', body.duty_minor), ('fee_vnd', body.fee_minor), ('payments', 1::Int64)], [id]
        FROM stages
        WHERE body.stage = 'duty_paid'
    ),
    stored AS
    (
        SELECT topic, partition, 'latency_minute' AS kpi, toDateTime64(window_start, 3, 'UTC') AS at,
            concat(interval, '/', gate_id, '/', direction, '/', lane_id, '/', channel) AS dimensions,
            arrayConcat([('vehicles', vehicles), ('within_goal', within_goal), ('total_ms', total_ms)],
                arrayMap((bucket, count) -> (concat('bucket ', toString(bucket)), count), mapKeys(sketch), mapValues(sketch))) AS numbers, version
        FROM latency_minute FINAL
        WHERE window_start >= window_from AND window_start < window_to AND interval = 'clearance'
        UNION ALL
        SELECT topic, partition, 'latency_day', toDateTime64(day, 3, 'UTC'),
            concat(interval, '/', gate_id, '/', direction, '/', lane_id, '/', channel),
            arrayConcat([('vehicles', vehicles), ('within_goal', within_goal), ('total_ms', total_ms)],
                arrayMap((bucket, count) -> (concat('bucket ', toString(bucket)), count), mapKeys(sketch), mapValues(sketch))), version
        FROM latency_day FINAL
        WHERE day >= day_from AND day < day_to AND interval = 'clearance'
        UNION ALL
        SELECT topic, partition, 'revenue_day', toDateTime64(day, 3, 'UTC'), concat(gate_id, '/', direction),
            [('duty_vnd', duty_vnd), ('fee_vnd', fee_vnd), ('payments', payments)], version
        FROM revenue_day FINAL
        WHERE day >= day_from AND day < day_to
        UNION ALL
        SELECT topic, partition, 'findings' AS kpi, at, concat(kind, '/', subject, '/', qualifier) AS dimensions,
            [(arrayStringConcat(arrayMap(id -> toString(id), ids), ','), 1::Int64)] AS numbers, version
        FROM findings FINAL
        WHERE NOT removed AND kind != 'resent_differs' AND at >= window_from AND at < window_to AND type = 'vn.laocai.kpi.clearance.stage.v1'
    )
