"""`kpi alerts`: rules over the KPIs, who is told, and what operators say to it."""

import typer

from streams.commands import alerts_act, alerts_grafana, alerts_rules, alerts_run

app = typer.Typer(no_args_is_help=True, help="Alerts: run them, try rules, acknowledge, silence.")

app.command("run")(alerts_run.run)
app.command("list")(alerts_act.list_open)
app.command("ack")(alerts_act.ack)
app.command("silence")(alerts_act.silence)
app.command("check")(alerts_rules.check)
app.command("test")(alerts_rules.try_out)
app.command("grafana")(alerts_grafana.grafana)
