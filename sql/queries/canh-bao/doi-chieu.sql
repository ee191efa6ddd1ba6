-- The two declaration systems against each other, the last days: share that agrees within an hour, what only one knows,
-- and the value at risk of counting twice.
SELECT formatDateTime(day, '%d/%m') AS "Ngày", sum(declarations) AS "Tờ khai",
    concat(multiIf(sum(due) < 20, '○ ', sum(due_matched_60) < sum(due) * 0.9, '■ ', sum(due_matched_60) < sum(due) * 0.95, '◆ ', '● '),
        replaceOne(printf('%.1f', sum(due_matched_60) / nullIf(sum(due), 0) * 100), '.', ','), ' %') AS "Khớp 1 giờ",
    sum(only_digital) AS "Chỉ nền tảng", sum(only_customs) AS "Chỉ hải quan", sum(value_mismatch) AS "Lệch giá trị",
    sum(at_risk_usd_minor) / 1e5 AS "Rủi ro, nghìn USD"
FROM reconciliation_by_day
WHERE day > toDate(now('Asia/Ho_Chi_Minh')) - 4
GROUP BY day
ORDER BY day DESC
