"""What `kpi replay run` says at its end."""

import typer

from streams.clickhouse_client import reader
from streams.commands.replay_alerts import count_alerts
from streams.replay.plan import Plan, run_settings
from streams.settings import Settings


def summarize(settings: Settings, plan: Plan, *, complete: bool) -> None:
    """Say how far a replay is, and what to do next."""
    if not complete:
        typer.echo(f"replay {plan.name} was stopped; it goes on with: kpi replay run --name {plan.name}")
    elif plan.speed:
        typer.echo(f"replay {plan.name} is over: {plan.events:,} records; it stands at its end on the wall")
        database = run_settings(settings, plan.name).database
        alerts = f"{count_alerts(settings, plan):,} alerts fired in it, and nobody was told"
        typer.echo(f"{alerts}; those that are open: KPI_DATABASE={database} kpi alerts list")
    elif not plan.events:
        typer.echo(
            f"replay {plan.name} is empty: its source has no record of what it means; look at its window and"
            f" filters with kpi replay show {plan.name}, and drop it: kpi replay drop {plan.name}"
        )
    else:
        rate = plan.events / max(plan.seconds, 0.001)
        typer.echo(
            f"replay {plan.name}: {plan.events:,} records in {plan.seconds:.1f} s ({rate:,.0f}/s);"
            f" compare it with: kpi replay diff {plan.name}"
        )
        typer.echo("no alert was evaluated: flat out there is no clock; one has --speed, --from and --to")
    _say_what_does_not_count(settings, plan)


def _say_what_does_not_count(settings: Settings, plan: Plan) -> None:
    database = run_settings(settings, plan.name).database
    with reader(settings) as client:
        client.database = database
        query = "SELECT reason, count() FROM dead_letters GROUP BY reason ORDER BY count() DESC, reason"
        dead = client.query(query).result_rows
    if dead:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in dead)
        total = f"{sum(count for _, count in dead):,} records became dead letters of the replay"
        typer.echo(f"{total} ({reasons}); read them with: KPI_DATABASE={database} kpi dlq list")
    if plan.resent:
        typer.echo(f"{plan.resent:,} records had been sent before, and count once")
