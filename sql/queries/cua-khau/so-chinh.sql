-- Who waits now, and how fast booths were in the last hour. ● well, ◆ attention, ■ bad, ○ too few to judge.
WITH
    (SELECT (sum(vehicles), max(oldest_seconds), sum(over_2h)) FROM waiting_now) AS waits,
    (
        SELECT (sum(vehicles), if(sum(vehicles) = 0, NULL, kpi_quantile(sumMap(sketch), 0.9) / 60000))
        FROM latency_by_minute
        WHERE interval = 'booth_service' AND window_start > now('UTC') - INTERVAL 1 HOUR
    ) AS booth,
    intDiv(waits.2, 60) AS oldest
SELECT
    concat(multiIf(waits.1 >= 500, '■ ', waits.1 >= 300, '◆ ', '● '), toString(waits.1), ' xe') AS "Xe đang chờ",
    concat(multiIf(oldest > 120, '■ ', oldest > 60, '◆ ', '● '),
        if(oldest >= 60, concat(toString(intDiv(oldest, 60)), ' giờ ', leftPad(toString(oldest % 60), 2, '0')), concat(toString(oldest), ' phút'))) AS "Chờ lâu nhất (≤ 2 giờ)",
    concat(if(waits.3 > 0, '■ ', '● '), toString(waits.3), ' xe') AS "Chờ trên 2 giờ",
    concat(multiIf(booth.1 < 20, '○ ', round(booth.2, 1) > 2, '■ ', '● '),
        replaceOne(printf('%.1f', booth.2), '.', ','), ' phút') AS "Tại bàn, 9/10 xe (≤ 2 phút)"
