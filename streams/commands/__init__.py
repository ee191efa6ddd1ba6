"""The subcommands of `kpi`, one module each, imported only when called."""
