"""`kpi replay`: run history again beside the live numbers."""

import typer

from streams.commands import replay_diff, replay_explain, replay_promote, replay_read, replay_run

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def _replay() -> None:
    """Run history again, beside the live numbers: compare what comes out, and promote it.

    Example: kpi replay run --from 2026-01-05 --to 2026-01-06
    """


app.command()(replay_run.run)
app.command(name="list")(replay_read.list_)
app.command()(replay_read.show)
app.command()(replay_read.drop)
app.command()(replay_diff.diff)
app.command()(replay_explain.explain)
app.command()(replay_promote.promote)
app.command()(replay_promote.undo)
