"""The ingest against its own OpenAPI document, with requests that schemathesis makes of it."""

import tempfile
from pathlib import Path
from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.ingest.doubles import ingest
from tests.producers.doubles import MemorySender

_SENDER: Final = MemorySender()
_APP, _HEADERS = ingest(Path(tempfile.mkdtemp()), _SENDER)
_SCHEMA: Final = schemathesis.openapi.from_asgi("/openapi.json", _APP)
# Hundreds of requests by rote; those that are drawn at random say as much in a tenth of the time.
_SCHEMA.config.phases.coverage.enabled = False
# The document cannot say which gates there are, nor that a subject is the body's; the judge's own tests do.
_MORE_THAN_THE_SCHEMA: Final[list[Any]] = [positive_data_acceptance, negative_data_rejection]


@_SCHEMA.include(path="/v1/events").parametrize()
@settings(max_examples=8, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_document_has(case: schemathesis.Case[Any]) -> None:
    """Status, content type, body and headers; never a 500, whatever is sent."""
    case.call_and_validate(headers=_HEADERS, excluded_checks=_MORE_THAN_THE_SCHEMA)
