"""The sending side: what turns the world, a file or a request into events on Kafka."""
