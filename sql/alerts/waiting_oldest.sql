-- Minutes of the gate's own hours for which the vehicle has waited that came first, by gate; 0: nobody waits.
SELECT toString(gate_id) AS scope, max(oldest_open_seconds) / 60 AS value, sum(vehicles) AS sample
FROM clearing_now
GROUP BY gate_id
