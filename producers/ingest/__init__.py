"""The HTTP ingest: gate systems and plants post CloudEvents, and are told once Kafka has them."""
