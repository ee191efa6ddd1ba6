-- Vehicles to expect in the next eight whole hours, and the hour that brings most of them.
SELECT toString(gate_id) AS subject, toString(direction) AS detail, sum(f.expected) AS expected,
    argMax(f.window_start, (f.expected, -f.lead_hours)) AS peak_at, max(f.expected) AS peak, max(f.open_declarations) AS open_declarations
FROM arrivals_forecast AS f
WHERE f.lead_hours BETWEEN 1 AND 8
GROUP BY subject, detail
HAVING expected >= 1
ORDER BY expected DESC, subject, detail
