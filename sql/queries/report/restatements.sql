-- What became of the province's figures of the days compared with: as they were first published and as they are now, by cause.
SELECT kpi AS subject, day, first_value, now_value, difference, cause, events
FROM restatements
WHERE scope = 'lao-cai' AND day >= toDate({before_begin:DateTime('UTC')}, 'Asia/Ho_Chi_Minh')
    AND day < toDate({begin:DateTime('UTC')}, 'Asia/Ho_Chi_Minh')
ORDER BY day DESC, subject, cause
