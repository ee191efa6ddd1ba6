-- Each gate pair this year: value out and in, vehicles, how many were loaded, and percent of last year's up to yesterday.
WITH toDate(now('Asia/Ho_Chi_Minh')) AS today
SELECT concat(gate, if(any(counterpart) = '', '', ' – '), any(counterpart)) AS "Cặp cửa khẩu",
    sumIf(value_usd_minor, is_now AND direction = 'outbound') / 1e8 AS "Ra, triệu USD", sumIf(value_usd_minor, is_now AND direction = 'inbound') / 1e8 AS "Vào, triệu USD",
    sumIf(loaded_vehicles + empty_vehicles, is_now) AS "Lượt xe",
    sumIf(loaded_vehicles, is_now) / nullIf("Lượt xe", 0) * 100 AS "Có hàng",
    sumIf(value_usd_minor, is_now AND day < today) / nullIf(sumIf(value_usd_minor, day < addYears(today, -1)), 0) * 100 AS "Cùng kỳ"
FROM (SELECT *, day >= toStartOfYear(toDate(now('Asia/Ho_Chi_Minh'))) AS is_now FROM gate_traffic_by_day)
WHERE day >= addYears(toStartOfYear(today), -1) AND day <= today
GROUP BY gate
ORDER BY "Ra, triệu USD" + "Vào, triệu USD" DESC, "Cặp cửa khẩu"
