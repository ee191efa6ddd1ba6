"""Alerts, around the pure part: asking the views, remembering, and telling people."""
