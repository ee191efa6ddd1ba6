-- Year to date, and how far it is from the straight plan line at this moment.
WITH
    toDateTime(makeDate(year, 1, 1), 'Asia/Ho_Chi_Minh') AS opens,
    toDateTime(makeDate(year + 1, 1, 1), 'Asia/Ho_Chi_Minh') AS closes,
    target_minor * ((now() - opens) / (closes - opens)) AS planned,
    actual_minor / planned AS pace
SELECT
    actual_minor / 1e11 AS "Từ đầu năm",
    concat(
        multiIf(pace >= 1, '▲ Vượt ', pace >= 0.95, '▼ Hơi chậm ', '▼ Chậm '),
        replaceOne(toString(round(abs(pace - 1) * 100, 1)), '.', ','),
        ' % · ',
        replaceOne(toString(round(abs(actual_minor - planned) / 1e11, 2)), '.', ','),
        ' tỷ USD') AS "So với kế hoạch đến giờ này"
FROM progress
WHERE scope = 'lao-cai' AND indicator = 'trade_value' AND year = toYear(now('Asia/Ho_Chi_Minh'))
