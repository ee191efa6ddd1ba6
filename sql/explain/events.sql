,
-- Last part of the statement of `kpi explain`: the events behind one number, each with what it adds. Those that
-- count, those that an interval needs besides, and those that would count but for a correction or another event.
    matched AS
    (
        SELECT topic, partition, entity, event_ids, numbers,
            moment >= window_from AND moment < window_to
                AND arrayAll((place, allowed) -> has(allowed, splitByChar('/', dimensions)[place]),
                    {places:Array(UInt8)}, {place_values:Array(Array(String))})
                AND (empty({measures:Array(String)})
                    OR arrayExists(number -> has({measures:Array(String)}, number.1) AND number.2 != 0, numbers)) AS matches
        FROM contributions
        WHERE stem = {stem:String}
    ),
    -- By entity: the events that count in any row, those that count in this number, and what each of these adds.
    added AS
    (
        SELECT topic, partition, entity, groupUniqArrayArray(event_ids) AS counted_ids,
            groupUniqArrayArrayIf(event_ids, matches) AS ids,
            groupArrayIf((event_ids[-1], numbers), matches) AS sums
        FROM matched
        GROUP BY topic, partition, entity
    ),
    families AS
    (
        SELECT topic, partition, entity, link.1 AS root, link.2 AS fact_id
        FROM
        (
            SELECT topic, partition, entity, groupArray(fact_id) AS ids, groupArray(assumeNotNull(target)) AS targets
            FROM facts
            WHERE kind != ''
            GROUP BY topic, partition, entity
        )
        ARRAY JOIN arrayZip(kpi_roots(ids, targets), ids) AS link
    ),
    told AS
    (
        SELECT f.topic AS topic, f.partition AS partition, f.entity AS entity, f.type AS type, f.subject AS subject,
            f.time AS time, f.fact_id AS fact_id, f.kind AS kind, f.offset AS offset, f.received_at AS received_at,
            f.source AS source, f.simulated AS simulated, f.late AS late, f.payload AS payload,
            multiIf(NOT late, '', kind = 'amend', 'amended', kind = 'cancel', 'cancelled', f.redriven, 'redriven', 'late') AS cause,
            if(f.kind = '', f.fact_id, c.root) AS root, l.head.1 AS head, l.head.2 AS head_kind,
            concat(JSONExtractString(f.payload, 'data', 'point'), JSONExtractString(f.payload, 'data', 'stage')) AS what,
            if(f.type = 'vn.laocai.kpi.factory.output.v1',
                parseDateTime64BestEffortOrZero(JSONExtractString(f.payload, 'data', 'window_start'), 3, 'UTC'), f.time) AS moment
        FROM facts AS f
        LEFT JOIN families AS c ON c.topic = f.topic AND c.partition = f.partition AND c.entity = f.entity
            AND c.fact_id = f.fact_id
        LEFT JOIN links AS l ON l.topic = f.topic AND l.partition = f.partition AND l.entity = f.entity
            AND l.root = if(f.kind = '', f.fact_id, c.root)
    ),
    judged AS
    (
        SELECT t.*, if(head = '', kind = '', fact_id = head AND head_kind = 'amend') AS stands, a.sums AS sums,
            arrayAll((field, length, allowed) ->
                    has(allowed, trim(BOTH '"' FROM JSONExtractRaw(payload, 'data', field)))
                    OR arrayExists(line -> has(allowed, substring(JSONExtractString(line, field), 1, length)),
                        JSONExtractArrayRaw(payload, 'data', 'goods')),
                {fields:Array(String)}, {field_lengths:Array(UInt8)}, {field_values:Array(Array(String))}) AS has_fields,
            -- What is in a register has no dimensions: only its fields tell whose it is.
            has(a.ids, root) AND (notEmpty({places:Array(UInt8)}) OR has_fields) AS belongs,
            moment >= window_from AND moment < window_to AND has({points:Array(String)}, what)
                AND (head != '' OR NOT has(a.counted_ids, root)) AND has_fields AS is_kin
        FROM told AS t
        LEFT JOIN added AS a ON a.topic = t.topic AND a.partition = t.partition AND a.entity = t.entity
    )
SELECT time, type, what, fact_id, subject, topic, partition, offset, received_at, source, simulated, late, cause, kind,
    root, head, head_kind, stands, belongs,
    if(stands, arrayFlatten(arrayMap(s -> s.2, arrayFilter(s -> s.1 = root, sums))), []) AS adds
FROM
(
    SELECT *, max(belongs OR is_kin) OVER (PARTITION BY topic, partition, entity, root) AS chosen
    FROM judged
)
WHERE chosen
ORDER BY time DESC, fact_id
SETTINGS do_not_merge_across_partitions_select_final = 1, join_use_nulls = 0
