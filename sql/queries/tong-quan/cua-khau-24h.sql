-- Value through each gate in the last 24 hours; a gate that was used this year shows its zero too.
SELECT gate_id AS cua_khau, sumIf(value_usd_minor, span = '24h') / 1e8 AS gia_tri
FROM trade_rolling
WHERE span IN ('24h', 'ytd')
GROUP BY gate_id
ORDER BY gia_tri DESC, cua_khau
