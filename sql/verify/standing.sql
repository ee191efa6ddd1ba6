-- Third part: what stands. Of an original and its corrections the correction with the highest (number, id) stands; a
-- cancelled event never was; a correction reaches the facts of its `entity` only.
    links AS
    (
        SELECT type, topic, partition, entity, link.1 AS root, argMax((link.2, link.3), (link.4, link.2)) AS head
        FROM
        (
            SELECT type, topic, partition, entity, groupArray(fact_id) AS ids, groupArray(assumeNotNull(target)) AS targets,
                groupArray(kind) AS kinds, groupArray(number) AS numbers
            FROM facts
            WHERE kind != ''
            GROUP BY type, topic, partition, entity
        )
        ARRAY JOIN arrayZip(kpi_roots(ids, targets), ids, kinds, numbers) AS link
        GROUP BY type, topic, partition, entity, root
    ),
    -- A corrected original does not stand; the correction in its place does, unless it cancels.
    corrected AS
    (
        SELECT type, topic, partition, entity, root, verdict.1 AS fact_id, verdict.2 AS stands
        FROM links
        ARRAY JOIN [(root, false), (head.1, head.2 = 'amend')] AS verdict
    ),
    standing AS
    (
        SELECT f.type AS type, f.topic AS topic, f.partition AS partition, f.subject AS subject, f.entity AS entity,
            f.time AS time, if(f.kind = '', f.fact_id, c.root) AS id, f.payload AS payload
        FROM facts AS f
        LEFT JOIN corrected AS c ON c.type = f.type AND c.topic = f.topic AND c.partition = f.partition
            AND c.entity = f.entity AND c.fact_id = f.fact_id
        WHERE if(c.root = '', f.kind = '', c.stands)
    ),
