-- The parts of the year's headline by regime: share of it, and percent of last year's up to yesterday.
WITH
    toDate(now('Asia/Ho_Chi_Minh')) AS today,
    x -> replaceOne(printf('%.1f', x), '.', ',') AS decimal
SELECT toString(regime) AS loai_hinh,
    concat('· ', decimal(gia_tri / nullIf(sum(gia_tri) OVER (), 0) * 100), ' %',
        ifNull(concat(' · cùng kỳ ', decimal(sumIf(value_usd_minor, day >= toStartOfYear(today) AND day < today)
            / nullIf(sumIf(value_usd_minor, day < addYears(today, -1)), 0) * 100), ' %'), '')) AS phan,
    sumIf(value_usd_minor, day >= toStartOfYear(today)) / 1e8 AS gia_tri
FROM trade_by_day
WHERE day >= addYears(toStartOfYear(today), -1) AND day <= today
GROUP BY regime
HAVING gia_tri > 0
ORDER BY gia_tri DESC, loai_hinh
