"""The provisioned boards in a browser, without Grafana."""
