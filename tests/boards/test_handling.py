"""Who may take care of alerts on the wall: whoever knows the token, whatever others try."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from streams.wall.handling import Handling
from tests.servers import nothing_answers

_TOKEN: Final = "a token of the house"  # noqa: S105 - of this test alone


def test_whoever_guesses_shuts_nobody_out(tmp_path: Path) -> None:
    """Behind a proxy all have one address: the right token gets through (ClickHouse is away here)."""
    settings = nothing_answers(tmp_path).model_copy(update={"alerts_token": SecretStr(_TOKEN)})
    web = FastAPI()
    Handling(settings).add_to(web)
    with TestClient(web) as guesser, TestClient(web, client=("10.0.0.8", 1)) as other:
        assert {403} == {_pressed(guesser, f"guess {n}") for n in range(10)}
        assert 429 == _pressed(guesser, "one more")
        assert 503 == _pressed(guesser, _TOKEN)
        assert 403 == _pressed(other, "a slip")
        assert 503 == _pressed(other, _TOKEN)


def _pressed(browser: TestClient, token: str) -> int:
    form = {"who": "Nguyễn Văn An", "token": token, "hours": "4", "do": "ack/0000000000000000"}
    status: int = browser.post("/xu-ly", data=form).status_code
    return status
