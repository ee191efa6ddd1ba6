"""`kpi dlq`: look at dead letters, send them back, drop them, and let a paused partition go on."""

import typer

from streams.commands import dlq_act, dlq_read

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def _dlq() -> None:
    """Look at dead letters, send them back, drop them, and let a paused partition go on.

    Example: kpi dlq stats
    """


app.command(name="list")(dlq_read.list_)
app.command()(dlq_read.show)
app.command()(dlq_read.stats)
app.command()(dlq_act.redrive)
app.command()(dlq_act.drop)
app.command()(dlq_act.resume)
