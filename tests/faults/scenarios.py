"""Scenarios that run twice: with the worker as it is, and with one that is wrong on purpose."""

from tests.faults.stand import Stand
from tests.faults.worker import Worker

EXIT_BUG = 70


def killed_between(line: Stand, *, mutant: str = "") -> Worker:
    """Kill -9 exactly between the insert and the acknowledgement of a batch, whichever comes first."""
    line.send(300)
    line.run_until_drained()
    line.send(400)
    return line.strike("kill-between", mutant=mutant)


def first_write_raises(line: Stand, *, mutant: str = "") -> Worker:
    """Let the first write of a group that has committed nothing raise."""
    line.send(300)
    return line.strike("raise-first", EXIT_BUG, mutant=mutant)


def one_event_fails(line: Stand, *, mutant: str = "") -> str:
    """Fold one event at a time; one in the middle fails, those after it would not. Gives its id."""
    messages = line.send(line.traffic.good(30))
    # One that others of its partition come after: those must not acknowledge it.
    failing = next(
        m.identity for n, m in enumerate(messages) if m.key in {later.key for later in messages[n + 1 :]}
    )
    line.strike(f"raise-on:{failing}", EXIT_BUG, mutant=mutant, batch_records=1)
    return failing
