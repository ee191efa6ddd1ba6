"""Driving the worker's own pipeline from the archive instead of from Kafka."""
