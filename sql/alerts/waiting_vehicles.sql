-- Vehicles that wait at each gate, both ways together.
SELECT c.gate_id AS scope, toFloat64(w.vehicles) AS value, w.vehicles AS sample
FROM (SELECT toString(gate_id) AS gate_id FROM gate_calendar) AS c
LEFT JOIN (SELECT toString(gate_id) AS gate_id, sum(vehicles) AS vehicles FROM waiting_now GROUP BY gate_id) AS w
    ON w.gate_id = c.gate_id
SETTINGS join_use_nulls = 0
