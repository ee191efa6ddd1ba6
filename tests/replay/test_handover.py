"""What a generation that was live before learns of what was decided since."""

import asyncio
from typing import Any

from streams.replay.handover import take_over_decisions
from tests.scripted import ScriptedClient


def test_decisions_go_back_to_where_the_letters_lie() -> None:
    """Positions are those of the other base; what nobody decided about comes from Kafka again."""
    answers: dict[str, list[tuple[Any, ...]]] = {
        "`kpi_run_a_g1`.`log_bases`": [([("target", 0, 1_000)],)],
        "`kpi_g1`.`log_bases`": [([("target", 0, 100)],)],
        "`consumed`": [([],)],
        "merge({generation:String}": [],
    }
    client = ScriptedClient(answers, database="kpi_g1")
    asyncio.run(take_over_decisions(client.typed, "kpi_run_a_g1", {"target": 1}))

    letters, resumes = client.told
    assert ("INSERT INTO dead_letters" in letters, "revision > 1" in letters) == (True, True)
    assert "'base': 1000, 'new_base': 100, 'shift': -900, 'source': 'kpi_run_a_g1'" in letters
    assert ("INSERT INTO breaker_resumes" in resumes, "revision" in resumes) == (True, False)
