-- Records of the last hour that broke the contract and have not been dealt with.
SELECT 'lao-cai' AS scope, toFloat64(count()) AS value, count() AS sample
FROM dead_letters
WHERE failed_at > now64(3, 'UTC') - INTERVAL 1 HOUR AND status IN ('dead', 'parked')
