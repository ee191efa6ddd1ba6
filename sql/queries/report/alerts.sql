-- The alerts that are open when the report is made, the most urgent first.
SELECT place AS subject, transform(severity, ['critical', 'warning', 'info'], ['■ khẩn cấp', '◆ cần chú ý', '○ để biết'], severity) AS level,
    text_vi AS text, fired_at, seconds, if(acknowledged_by = '', NULL, acknowledged_by) AS taken_by
FROM alerts_now
ORDER BY indexOf(['critical', 'warning', 'info'], severity), fired_at, rule, subject
