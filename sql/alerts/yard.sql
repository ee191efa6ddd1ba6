-- How full each yard is, in percent.
SELECT toString(gate_id) AS scope, occupancy_percent AS value, present AS sample
FROM yards_now
