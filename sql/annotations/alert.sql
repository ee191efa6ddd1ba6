-- Warnings and graver alerts that somebody was told of, for as long as they were open.
SELECT concat(rule, '/', scope) AS subject, fired_at AS begins, ended_at AS ends, concat(title_vi, ' · ', place) AS why, kpi
FROM alerts FINAL
WHERE NOT silent AND severity != 'info' AND fired_at <= $__toTime AND (ended_at IS NULL OR ended_at >= $__fromTime)
ORDER BY begins, subject
