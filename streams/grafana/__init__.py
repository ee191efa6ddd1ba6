"""A Grafana that somebody runs: what its API is needed for, beside the files that provision it."""
