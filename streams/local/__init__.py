"""Real Kafka and the real ClickHouse engine on one machine, started by `kpi up`."""
