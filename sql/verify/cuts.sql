-- Second part where restatements are recomputed: for each entity and local day what was known of it when the day was
-- published, and then with each fact that came later, one after the other: each such cut is an entity of its own,
-- named by the day, the number of the cut, the causes of the later facts, and the entity. A day is published 15
-- minutes after its end; history sent after the fact (`backfill`) counts as known.
    dated AS
    (
        SELECT *, if(JSONExtractBool(payload, 'backfill'), 0,
                toInt32(toDate(received_at - INTERVAL 15 MINUTE, 'Asia/Ho_Chi_Minh'))) AS known,
            multiIf(kind = 'amend', 'amended', kind = 'cancel', 'cancelled', redriven, 'redriven', 'late') AS cause,
            toInt32(toDate(if(type = 'vn.laocai.kpi.factory.output.v1',
                parseDateTime64BestEffortOrZero(JSONExtractString(payload, 'data', 'window_start'), 3, 'UTC'), time),
                'Asia/Ho_Chi_Minh')) AS own_day
        FROM archived
    ),
    cuts AS
    (
        SELECT topic, partition, entity, day, arraySort(arrayFilter(fact -> fact.1 > day, all_facts)) AS later,
            arrayJoin(range(length(later) + 1)) AS cut
        FROM
        (
            SELECT topic, partition, entity, arrayJoin(groupUniqArray(own_day)) AS day,
                groupArray((known, kind != '', time, fact_id, cause)) AS all_facts
            FROM dated
            GROUP BY topic, partition, entity
        )
        WHERE day >= toInt32(day_from) AND day < toInt32(day_to) AND notEmpty(later)
    ),
    facts AS
    (
        SELECT d.type AS type, d.topic AS topic, d.partition AS partition, d.subject AS subject, d.time AS time,
            d.fact_id AS fact_id, d.target AS target, d.kind AS kind, d.number AS number, d.payload AS payload,
            concat(toString(c.day), '/', toString(c.cut), '/', arrayStringConcat(arrayMap(fact -> fact.5, c.later), ','),
                '/', d.entity) AS entity
        FROM dated AS d
        INNER JOIN cuts AS c ON c.topic = d.topic AND c.partition = d.partition AND c.entity = d.entity
        WHERE indexOf(arrayMap(fact -> fact.4, c.later), d.fact_id) <= c.cut
    ),
