"""Alerts, the pure part: what the rules say, when they fire, and who is to hear of it."""
