,
-- What each later fact changed of its day: the figures of its cut less those of the cut before it.
    named AS
    (
        SELECT topic, partition, splitByChar('/', entity, 4) AS name, toInt32(name[1]) AS day, toInt32(name[2]) AS cut,
            splitByChar(',', name[3]) AS causes, name[4] AS whole,
            transform(stem, ['trade', 'crossings', 'output'], ['trade_value', 'vehicles', 'industrial_output'], 'booth_service') AS figure,
            splitByChar('/', dimensions)[if(stem = 'latency', 2, 1)] AS place, numbers
        FROM contributions
        WHERE (stem IN ('trade', 'crossings', 'output') OR (stem = 'latency' AND startsWith(dimensions, 'booth_service/')))
            AND toInt32(toDate(moment, 'Asia/Ho_Chi_Minh')) = day
    ),
    changed AS
    (
        SELECT topic, partition, day, figure, place, cause, groupArray((measure, amount)) AS numbers
        FROM
        (
            SELECT topic, partition, day, figure, place, whole, step.1 AS later, any(causes[step.1]) AS cause,
                if(startsWith(number.1, 'bucket '), number.1, 'difference') AS measure, sum(step.2 * number.2) AS amount
            FROM named
            ARRAY JOIN numbers AS number
            ARRAY JOIN [(cut, 1), (cut + 1, -1)] AS step
            WHERE (number.1 IN ('value_usd_minor', 'vehicles', 'value_vnd') OR startsWith(number.1, 'bucket '))
                AND step.1 BETWEEN 1 AND length(causes)
            GROUP BY topic, partition, day, figure, place, whole, later, measure
            HAVING amount != 0
        )
        GROUP BY topic, partition, day, figure, place, whole, later, cause
    ),
    recomputed AS
    (
        SELECT topic, partition, 'restatement_day' AS kpi, toDateTime64(toDate(day), 3, 'UTC') AS at,
            concat(figure, '/', place, '/', cause) AS dimensions, arrayPushBack(numbers, ('events', 1::Int64)) AS numbers
        FROM changed
    ),
    kept AS
    (
        SELECT topic, partition, 'restatement_day' AS kpi, toDateTime64(t.day, 3, 'UTC') AS at,
            concat(t.kpi, '/', place, '/', cause) AS dimensions,
            arrayConcat([('difference', difference), ('events', events)],
                arrayMap((bucket, count) -> (concat('bucket ', toString(bucket)), count), mapKeys(sketch), mapValues(sketch))) AS numbers, version
        FROM restatement_day AS t FINAL
        WHERE t.day >= day_from AND t.day < day_to
            AND (t.kpi = 'industrial_output') = has({types:Array(String)}, 'vn.laocai.kpi.factory.output.v1')
    )
