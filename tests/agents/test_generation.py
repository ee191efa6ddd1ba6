"""A worker folds only into the generation that was made for it, and says what to do about another one."""

import pytest

from streams.app import check_generation, generation_facts
from streams.errors import RefusedError
from streams.topics import EVENT_TOPICS

COUNTS = {name: topic.partitions for name, topic in EVENT_TOPICS.items()}
KNOWN = generation_facts(COUNTS)


def test_the_own_generation_is_taken() -> None:
    """A new generation and one that this worker made are fine."""
    check_generation({}, COUNTS)
    check_generation(KNOWN, COUNTS)


@pytest.mark.parametrize(
    ("known", "counts", "way_out"),
    [
        pytest.param({"fold_revision": "0"}, {}, "run the build that wrote it", id="another fold"),
        pytest.param(
            {"partitions/gate.crossing": str(COUNTS["gate.crossing"])},
            {"gate.crossing": 9},
            rf"create topic gate.crossing anew with {COUNTS['gate.crossing']} partitions",
            id="a topic that grew",
        ),
        pytest.param({}, {"gate.crossing": 9}, "create the topic anew", id="a topic made by someone else"),
    ],
)
def test_another_generation_is_refused_with_the_way_out(
    known: dict[str, str], counts: dict[str, int], way_out: str
) -> None:
    """The text says which number differs and what works now."""
    with pytest.raises(RefusedError, match=way_out):
        check_generation(known, COUNTS | counts)
