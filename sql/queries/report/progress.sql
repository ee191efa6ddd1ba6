-- How every target of the year stands, as the boards say now; of a year that is over, at its end.
-- Most of its time is planning, a third of that merging expressions, which saves nothing here.
SELECT indicator AS subject, scope AS detail, currency, qualifier, carried, target_minor, actual_minor, percent,
    gap_minor, pace, projection, projection_low, projection_high, needed_per_open_day, last_year_percent
FROM progress
WHERE indicator IN ('trade_value', 'industrial_output', 'budget_revenue')
    AND year = toYear(toTimezone({end:DateTime('UTC')} - INTERVAL 1 SECOND, 'Asia/Ho_Chi_Minh'))
ORDER BY subject DESC, detail = 'lao-cai' DESC, detail
SETTINGS query_plan_merge_expressions = 0
