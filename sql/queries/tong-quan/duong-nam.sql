-- Percent of the yearly target reached by the end of each day (the last point: by now), the plans, and from now on the way
-- to what the year is projected to end at.
WITH
    -- As `projection` has it: what is still to come grows with the seasonal plan.
    (reached, plan, plan_now, end) -> reached + (end - reached) * (plan - plan_now) / nullIf(100 - plan_now, 0) AS expected,
    toDate(now('Asia/Ho_Chi_Minh')) AS today,
    toStartOfYear(today) AS first_day,
    toStartOfYear(today) + INTERVAL 1 YEAR AS next_year,
    toUnixTimestamp(toDateTime(next_year, 'Asia/Ho_Chi_Minh')) AS closes,
    (
        SELECT (sumIf(target_minor, indicator = 'trade_value'), sumIf(target_minor, indicator = 'industrial_output'),
            sumIf(planned_minor, indicator = 'trade_value'), sumIf(planned_minor, indicator = 'industrial_output'),
            anyIf(projection, indicator = 'trade_value'), anyIf(projection, indicator = 'industrial_output'))
        FROM progress
        WHERE scope = 'lao-cai' AND year = toYear(now('Asia/Ho_Chi_Minh'))
    ) AS targets,
    moments AS
    (
        SELECT arrayJoin(arraySort(arrayDistinct(arrayConcat(
            arrayMap(n -> toUnixTimestamp(toDateTime(first_day + n, 'Asia/Ho_Chi_Minh')), range(toUInt32(next_year - first_day))),
            [toUnixTimestamp(now()), closes - 1])))) AS moment
    ),
    sums AS
    (
        SELECT least(toUnixTimestamp(toDateTime(day + 1, 'Asia/Ho_Chi_Minh')), toUnixTimestamp(now())) AS moment,
            sum(usd) AS usd, sum(vnd) AS vnd
        FROM
        (
            SELECT day, value_usd_minor AS usd, 0 AS vnd FROM trade_by_day WHERE day >= first_day AND day <= today
            UNION ALL
            SELECT day, 0 AS usd, value_vnd AS vnd FROM output_by_day WHERE day >= first_day AND day <= today
        )
        GROUP BY moment
    ),
    plans AS
    (
        SELECT least(toUnixTimestamp(toDateTime(day + 1, 'Asia/Ho_Chi_Minh')), closes - 1) AS moment,
            sumIf(planned_percent, indicator = 'trade_value') AS trade,
            sumIf(planned_percent, indicator = 'industrial_output') AS output
        FROM plan_by_day
        WHERE day >= first_day AND day < next_year
        GROUP BY moment
        UNION ALL
        SELECT toUnixTimestamp(now()), ifNull(targets.3 / nullIf(targets.1, 0), 0) * 100, ifNull(targets.4 / nullIf(targets.2, 0), 0) * 100
    )
SELECT
    toDateTime(moment, 'Asia/Ho_Chi_Minh') AS time,
    if(moment > at, NULL, trade) AS "Xuất nhập khẩu",
    if(moment > at, NULL, output) AS "Công nghiệp",
    trade_plan AS "Kế hoạch XNK*",
    output_plan AS "Kế hoạch CN*",
    if(moment < at, NULL, expected(trade, trade_plan, targets.3 / nullIf(targets.1, 0) * 100, targets.5 / nullIf(targets.1, 0) * 100)) AS "Dự báo XNK*",
    if(moment < at, NULL, expected(output, output_plan, targets.4 / nullIf(targets.2, 0) * 100, targets.6 / nullIf(targets.2, 0) * 100)) AS "Dự báo CN*"
FROM
(
    SELECT m.moment AS moment, toUnixTimestamp(now()) AS at,
        sum(s.usd) OVER running / nullIf(targets.1, 0) * 100 AS trade, sum(s.vnd) OVER running / nullIf(targets.2, 0) * 100 AS output,
        max(p.trade) OVER running AS trade_plan, max(p.output) OVER running AS output_plan
    FROM moments AS m
    LEFT JOIN sums AS s ON s.moment = m.moment
    LEFT JOIN plans AS p ON p.moment = m.moment
    WINDOW running AS (ORDER BY m.moment ASC ROWS UNBOUNDED PRECEDING)
)
ORDER BY time
