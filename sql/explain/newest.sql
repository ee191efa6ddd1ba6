-- The newest events of sources or topics, for `kpi explain freshness`; without any, of all.
SELECT time, type, concat(JSONExtractString(payload, 'data', 'point'), JSONExtractString(payload, 'data', 'stage')) AS what,
    toString(id) AS fact_id, subject, topic, partition, offset, received_at, source, simulated, late,
    correction_kind AS kind, toString(ifNull(corrects_id, id)) AS root, '' AS head, '' AS head_kind, true AS stands,
    true AS belongs, [] AS adds
FROM events FINAL
WHERE time >= toDateTime64({since:String}, 3, 'UTC')
    AND (empty({names:Array(String)}) OR has({names:Array(String)}, source) OR has({names:Array(String)}, topic))
ORDER BY time DESC, id
LIMIT {limit:UInt32}
SETTINGS do_not_merge_across_partitions_select_final = 1
