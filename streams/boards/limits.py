"""Limits of the alerts' rules, for what boards colour: one file says both."""

from functools import cache

from streams.alerts.files import load_rules


@cache
def limits(rule: str) -> tuple[float, ...]:
    """Give the limits of a rule's levels, from the least urgent on.

    Raises:
        KeyError: no rule of `deploy/alerts.toml` with a limit has this id.
    """
    found = tuple(one.limit for one in load_rules() if one.runbook == rule and one.limit is not None)
    if not found:
        raise KeyError(rule)
    return found
