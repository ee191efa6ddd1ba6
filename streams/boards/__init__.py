"""Generators of the Grafana boards and their provisioning."""
