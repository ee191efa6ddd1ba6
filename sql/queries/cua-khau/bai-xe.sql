-- How full each yard is, and when it will be full at this rate; * where its capacity is assumed.
SELECT toString(gate_id) AS cua_khau,
    concat('· ', toString(present), '/', toString(capacity), if(assumption, '* xe', ' xe'),
        multiIf(occupancy_percent >= 95, ' · ■ ĐẦY', occupancy_percent >= 85, ' · ◆ gần đầy', ''),
        if(minutes_to_full BETWEEN 1 AND 720, concat(' · đầy sau ', toString(intDiv(minutes_to_full, 60)), ' giờ ', toString(minutes_to_full % 60)), '')) AS cho,
    occupancy_percent AS lap_day
FROM yards_now
ORDER BY lap_day DESC, cua_khau
