-- Value of each day by regime, as chosen.
SELECT toDateTime(day, 'Asia/Ho_Chi_Minh') AS time, toString(regime) AS loai_hinh, sum(value_usd_minor) / 1e8 AS gia_tri
FROM trade_by_day
WHERE $__dateFilter(day) AND $__conditionalAll(gate_id IN (${gate:singlequote}), $gate) AND $__conditionalAll(direction IN (${direction:singlequote}), $direction) AND $__conditionalAll(regime IN (${regime:singlequote}), $regime)
GROUP BY time, loai_hinh
ORDER BY time, loai_hinh
