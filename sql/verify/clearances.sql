-- What clearances contribute, and what is stored of it.
    stages AS
    (
        SELECT topic, partition, entity, subject, time, id,
            JSONExtract(payload, 'data', 'Tuple(stage String, gate_id String, direction String, channel String, agency String, duty_minor Int64, fee_minor Int64)') AS body
        FROM standing
    ),
    clearances AS
    (
        SELECT topic, partition, entity, any(subject) AS visit,
            argMinIf((time, id), (time, id), body.stage = 'lodged') AS lodged,
            argMaxIf((time, id, body.gate_id, body.direction), (time, id), body.stage = 'released') AS released,
            argMaxIf(body.channel, (time, id), body.channel != '') AS last_channel,
            if(last_channel = '', 'unknown', last_channel) AS channel,
            dateDiff('millisecond', lodged.1, released.1) AS clearance_ms,
            uniqExactIf((body.agency, body.stage), endsWith(body.stage, '_start')) AS stops
        FROM stages
        GROUP BY topic, partition, entity
        HAVING hasAll(groupUniqArray(body.stage), ['lodged', 'released'])
    ),
    steps AS
    (
        SELECT topic, partition, entity, any(subject) AS visit, body.agency AS agency, splitByChar('_', body.stage)[1] AS step,
            argMinIf((time, id), (time, id), endsWith(body.stage, '_start')) AS began,
            argMaxIf((time, id, body.gate_id, body.direction), (time, id), endsWith(body.stage, '_start')) AS begun_last,
            argMaxIf((time, id, body.gate_id, body.direction), (time, id), endsWith(body.stage, '_end')) AS ended,
            countIf(endsWith(body.stage, '_start')) > 0 AS has_start, countIf(endsWith(body.stage, '_end')) > 0 AS has_end,
            dateDiff('millisecond', began.1, ended.1) AS step_ms
        FROM stages
        WHERE body.stage IN ('docs_start', 'docs_end', 'inspection_start', 'inspection_end')
        GROUP BY topic, partition, entity, agency, step
    ),
    papers AS
    (
        SELECT topic, partition, entity, countIf(body.stage = 'lodged') > 0 AS has_lodged,
            countIf(body.stage IN ('released', 'refused', 'cancelled')) > 0 AS has_end,
            maxIf((time, id), body.stage IN ('released', 'refused', 'cancelled')) AS ended,
            arraySort(groupArray((time, id, body.gate_id, body.direction, body.agency))) AS acts,
            acts[arrayLastIndex(act -> act.5 != acts[-1].5, acts) + 1] AS taken_over,
            argMaxIf(body.channel, (time, id), body.channel != '') AS last_channel,
            if(last_channel = '', 'unknown', last_channel) AS channel
        FROM stages
        GROUP BY topic, partition, entity
    ),
    agency_steps AS
    (
        SELECT s.topic AS topic, s.partition AS partition, s.entity AS entity, visit, agency, step, began, begun_last,
            s.ended AS ended, step_ms, has_start AND s.has_end AS is_whole, p.channel AS channel,
            has_start AND (NOT s.has_end OR (s.ended.1, s.ended.2) < (begun_last.1, begun_last.2))
                AND (NOT p.has_end OR p.ended < (begun_last.1, begun_last.2)) AS holds
        FROM steps AS s
        JOIN papers AS p ON p.topic = s.topic AND p.partition = s.partition AND p.entity = s.entity
    ),
    -- A CTE is worked out anew wherever it is named, so that each is named as seldom as can be.
    contributions AS
    (
        SELECT topic, partition, entity, row.1 AS stem, released.1 AS moment, row.2 AS dimensions, row.3 AS numbers,
            [lodged.2, released.2] AS event_ids
        FROM clearances
        ARRAY JOIN if(clearance_ms < 0,
            [('findings', concat('negative_interval/', visit, '/clearance'), [(concat(lodged.2, ',', released.2), 1::Int64)])],
            [
                ('latency', concat('clearance/', released.3, '/', released.4, '//', channel),
                    [('vehicles', 1::Int64), ('total_ms', clearance_ms), (concat('bucket ', toString(if(clearance_ms <= 0, -1, toInt32(ceil(log(clearance_ms) / log(1.01 / 0.99)))))), 1)]),
                ('finished', concat('clearance/', released.3, '/', released.4, '//', channel, '/', toString(toUnixTimestamp64Milli(lodged.1))),
                    [('vehicles', 1::Int64), ('stops', toInt64(stops))])
            ]) AS row
        UNION ALL
        SELECT topic, partition, entity, row.1, row.2, row.3, row.4, row.5
        FROM agency_steps
        ARRAY JOIN arrayFilter(row -> row.6,
            [
                ('steps', ended.1, concat(agency, '/', step, '/', ended.3, '/', ended.4, '/', channel),
                    [('vehicles', 1::Int64), ('total_ms', step_ms), (concat('bucket ', toString(if(step_ms <= 0, -1, toInt32(ceil(log(step_ms) / log(1.01 / 0.99)))))), 1)],
                    [began.2, ended.2], is_whole AND step_ms >= 0),
                ('findings', ended.1, concat('negative_interval/', visit, '/', agency, '/', step),
                    [(concat(began.2, ',', ended.2), 1)], [began.2, ended.2], is_whole AND step_ms < 0),
                ('holding', begun_last.1, concat(begun_last.3, '/', begun_last.4, '/', agency, '/', step),
                    [('vehicles', 1)], [begun_last.2], holds)
            ]) AS row
        UNION ALL
        SELECT topic, partition, entity, 'holding', taken_over.1,
            concat(taken_over.3, '/', taken_over.4, '/', taken_over.5, '/waiting'), [('vehicles', 1::Int64)], [taken_over.2]
        FROM papers
        WHERE has_lodged AND NOT has_end
            AND (topic, partition, entity) NOT IN (SELECT topic, partition, entity FROM agency_steps WHERE holds)
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
        SELECT topic, partition, 'finished', ended_at,
            concat(interval, '/', gate_id, '/', direction, '/', lane_id, '/', channel, '/', toString(started_ms)),
            [('vehicles', vehicles), ('stops', stops)], version
        FROM finished FINAL
        WHERE ended_at >= window_from AND ended_at < window_to AND interval = 'clearance'
        UNION ALL
        SELECT topic, partition, 'steps_day', toDateTime64(day, 3, 'UTC'),
            concat(agency, '/', step, '/', gate_id, '/', direction, '/', channel),
            arrayConcat([('vehicles', vehicles), ('total_ms', total_ms)],
                arrayMap((bucket, count) -> (concat('bucket ', toString(bucket)), count), mapKeys(sketch), mapValues(sketch))), version
        FROM steps_day FINAL
        WHERE day >= day_from AND day < day_to
        UNION ALL
        SELECT topic, partition, 'holding', held_at, concat(gate_id, '/', direction, '/', agency, '/', step),
            [('vehicles', vehicles)], version
        FROM holding FINAL
        WHERE held_at >= window_from AND held_at < window_to
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
