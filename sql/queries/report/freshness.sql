-- The newest event of each topic, and of each source that was silent for an hour (/vn/laocai/PLACE/SYSTEM), and its age now.
SELECT if(parts[1] = '' AND length(parts) > 4, parts[4], toString(f.source)) AS subject,
    if(subject = f.source, '', parts[5]) AS detail, f.last_event_time AS last_event_time, f.age_seconds AS age_seconds
FROM (SELECT *, splitByChar('/', toString(source)) AS parts FROM freshness) AS f
WHERE detail = '' OR f.age_seconds > 3600
ORDER BY detail != '', age_seconds DESC, subject, detail
