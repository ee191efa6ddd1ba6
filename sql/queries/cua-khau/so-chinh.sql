-- Who waits now, and how fast booths were in the last hour. ● well, ◆ attention, ■ bad, ○ too few to judge. Signs are those
-- of the worst gate, and of the hours for which gates were open: the night makes nobody slow.
WITH
    (
        SELECT (sum(waiting), max(waiting), max(oldest), sum(long_waiting))
        FROM
        (
            SELECT gate_id, sum(vehicles) AS waiting, max(oldest_open_seconds) AS oldest, sum(over_2h) AS long_waiting
            FROM clearing_now
            GROUP BY gate_id
        )
    ) AS waits,
    (
        SELECT (sum(vehicles), if(sum(vehicles) = 0, NULL, kpi_quantile(sumMap(sketch), 0.9) / 60000))
        FROM latency_by_minute
        WHERE interval = 'booth_service' AND window_start > now('UTC') - INTERVAL 1 HOUR
    ) AS booth,
    intDiv(waits.3, 60) AS oldest,
    multiIf(oldest > 960, '■ ', oldest > 120, '◆ ', '● ') AS age_sign
SELECT
    concat(multiIf(waits.2 >= 500, '■ ', waits.2 >= 300, '◆ ', '● '), toString(waits.1), ' xe') AS "Xe đang chờ",
    concat(age_sign,
        if(oldest >= 60, concat(toString(intDiv(oldest, 60)), ' giờ ', leftPad(toString(oldest % 60), 2, '0')), concat(toString(oldest), ' phút'))) AS "Lâu nhất trong giờ mở (≤ 2 giờ)",
    concat(age_sign, toString(waits.4), ' xe') AS "Chờ trên 2 giờ",
    concat(multiIf(booth.1 < 20, '○ ', round(booth.2, 1) > 2, '■ ', '● '),
        replaceOne(printf('%.1f', booth.2), '.', ','), ' phút') AS "Tại bàn, 9/10 xe (≤ 2 phút)"
