"""What can go wrong, split by what the caller should do about it."""

from typing import Final

EXIT_DONE: Final = 0
EXIT_NO: Final = 1
EXIT_USAGE: Final = 2
EXIT_DEPENDENCY_DOWN: Final = 3


class KpiError(Exception):
    """An error whose text is meant for the person at the keyboard; `exit_code` is the command's."""

    exit_code = EXIT_NO


class UsageError(KpiError):
    """The caller asked for something that cannot be: change the words and call again."""

    exit_code = EXIT_USAGE


class NothingThereError(KpiError):
    """What is asked about is not there: ask about something else."""


class DependencyDownError(KpiError):
    """Kafka or ClickHouse does not answer: try again once it does."""

    exit_code = EXIT_DEPENDENCY_DOWN


class RefusedError(KpiError):
    """Going on would make a number wrong: an operator must decide; the text names the way out."""


class UnfitError(Exception):
    """The store does not take a value, and stored nothing of what came with it."""
