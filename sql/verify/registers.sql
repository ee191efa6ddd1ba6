-- What stands in the registers, each entry one number named by its content, and what is stored.
    contributions AS
    (
        SELECT topic, partition, entity, time AS moment, id AS dimensions, [id] AS event_ids,
            transform(type, ['vn.laocai.kpi.gate.state.v1', 'vn.laocai.kpi.target.v1'], ['gate_states', 'targets'], 'declarations') AS stem,
            [(multiIf(
                stem = 'gate_states', toString(JSONExtract(payload, 'data',
                    'Tuple(gate_id String, state String, counterpart_state String, reason String, lanes_open Nullable(Int32), lanes_max Nullable(Int32), yard_present Nullable(Int32), yard_capacity Nullable(Int32), opens_at String, closes_at String)')),
                stem = 'targets', toString(JSONExtract(payload, 'data',
                    'Tuple(indicator String, scope String, year UInt16, value_minor Int64, currency String, qualifier String, effective_from String, source String)')),
                toString(JSONExtract(payload, 'data',
                    'Tuple(declaration_no String, system String, version_no UInt16, status String, regime String, gate_id String, value_usd_minor Int64, net_mass_kg Int64, lines Int32, duty_minor Int64)'))
            ), 1::Int64)] AS numbers
        FROM standing
    ),
    stored AS
    (
        SELECT topic, partition, 'gate_states' AS kpi, time AS at, toString(id) AS dimensions, [(toString((toString(gate_id), toString(state),
            toString(counterpart_state), reason, lanes_open, lanes_max, yard_present, yard_capacity, opens_at, closes_at)), 1::Int64)] AS numbers, version
        FROM gate_states FINAL
        WHERE NOT removed AND time >= window_from AND time < window_to
        UNION ALL
        SELECT topic, partition, 'targets', time, toString(id), [(toString((toString(indicator), toString(scope), year, value_minor,
            toString(currency), toString(qualifier), toString(effective_from), source)), 1)], version
        FROM targets FINAL
        WHERE NOT removed AND time >= window_from AND time < window_to
        UNION ALL
        SELECT topic, partition, 'declarations', time, toString(id), [(toString((declaration_no, toString(system), version_no,
            toString(status), toString(regime), toString(gate_id), value_usd_minor, net_mass_kg, lines, duty_minor)), 1)], version
        FROM declarations FINAL
        WHERE NOT removed AND time >= window_from AND time < window_to
    )
