"""`kpi verify`: what it says and with which exit code it ends, by what was found."""

from datetime import UTC, datetime

import pytest
import typer

from streams.commands.verify import report
from streams.errors import EXIT_NO
from streams.suspects import Difference
from streams.verify import Verification

_DAY = datetime(2026, 5, 4, tzinfo=UTC)
_WRONG = Difference("trade_day", _DAY, "kim-thanh", "gate.crossing", 0, "lines", 2, 1, 9, ahead=False)


def test_equal_is_said_only_of_what_is_proven(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing differs and nothing moved: no exit by exception, which is exit 0."""
    report(Verification(events=9, windows=3, numbers=12), 0.5, as_json=False)

    assert capsys.readouterr().out.startswith("equal: 3 windows (12 numbers) against 9 events")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Verification(moving=4), "4 numbers are not proven: "),
        (Verification(differing=1, differences=[_WRONG]), "1 numbers differ: "),
        (
            Verification(moving=4, differing=1, differences=[_WRONG]),
            "1 numbers differ, 4 numbers are not proven: ",
        ),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_what_is_wrong_or_not_proven_ends_with_no(
    found: Verification, words: str, as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer is no, in words or as JSON, and never `equal`."""
    with pytest.raises(typer.Exit) as ended:
        report(found, 0.5, as_json=as_json)

    out = capsys.readouterr().out
    assert ended.value.exit_code == EXIT_NO
    assert as_json or words in out
    assert "equal: " not in out
