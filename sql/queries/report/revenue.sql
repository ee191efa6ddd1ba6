-- Duty and fees by gate and in all, of the whole days that are over.
SELECT t.gate_id AS subject, sumIf(t.revenue_vnd, NOT t.is_before) AS revenue_vnd, sumIf(t.revenue_vnd, t.is_before) AS revenue_vnd_before
FROM
(
    SELECT toString(gate_id) AS gate_id, revenue_vnd, day < toDate({begin:DateTime('UTC')}, 'Asia/Ho_Chi_Minh') AS is_before
    FROM revenue_by_day
    WHERE (day >= toDate({begin:DateTime('UTC')}, 'Asia/Ho_Chi_Minh') AND day < toDate({end:DateTime('UTC')}, 'Asia/Ho_Chi_Minh'))
        OR (day >= toDate({before_begin:DateTime('UTC')}, 'Asia/Ho_Chi_Minh') AND day < toDate({before_end:DateTime('UTC')}, 'Asia/Ho_Chi_Minh'))
) AS t
GROUP BY GROUPING SETS ((subject), ())
HAVING revenue_vnd != 0 OR revenue_vnd_before != 0
ORDER BY subject = '', revenue_vnd DESC, subject
