-- As of when: the newest event of gates, paperwork and plants; and whether the last day holds simulated events.
WITH (
    SELECT max(simulated)
    FROM events
    WHERE type IN ('vn.laocai.kpi.gate.crossing.v1', 'vn.laocai.kpi.factory.output.v1') AND time > now() - INTERVAL 1 DAY
) AS simulated,
min(age_seconds) AS age
SELECT
    if(count() = 0, NULL, concat(
        formatDateTime(max(last_event_time), '%H:%i:%S', 'Asia/Ho_Chi_Minh'),
        if(toDate(max(last_event_time), 'Asia/Ho_Chi_Minh') = toDate(now('Asia/Ho_Chi_Minh')), '',
            formatDateTime(max(last_event_time), ' ngày %d/%m', 'Asia/Ho_Chi_Minh')))) AS "Dữ liệu đến",
    if(count() = 0, NULL, concat(multiIf(age > 360, '■ ', age > 60, '◆ ', '● '),
        multiIf(age < 60, concat(toString(age), ' giây'), age < 3600, concat(toString(intDiv(age, 60)), ' phút'),
            age < 172800, concat(toString(intDiv(age, 3600)), ' giờ'), concat(toString(intDiv(age, 86400)), ' ngày')))) AS "Trễ",
    multiIf(count() = 0, NULL, simulated, 'DỮ LIỆU MÔ PHỎNG', 'Dữ liệu thật') AS "Nguồn"
FROM freshness
WHERE source IN ('gate.crossing', 'clearance.stage', 'factory.output')
