"""Grafana's API, through grafana-api: the only module that knows that package.

grafana-api wraps few of the addresses that we need and has no release since 2020; its session, paths and
errors are what is used. grafana-client, its successor, could take its place here and nowhere else.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import requests
from grafana_api.grafana_api import GrafanaClientError, GrafanaException, GrafanaServerError
from grafana_api.grafana_face import GrafanaFace

from streams.errors import DependencyDownError, KpiError, UsageError

Json = dict[str, Any]

# As long as the datasource lets a query run (queryTimeout), and the way there and back.
_TIMEOUT_S: Final = 25.0
_MOST_ANNOTATIONS: Final = 5000
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404
_ADVICE: Final = {
    _UNAUTHORIZED: "Grafana does not know this token: make one for a service account"
    " (Administration, Service accounts) and set KPI_GRAFANA_TOKEN",
    _FORBIDDEN: "the token may not do this: give its service account the role Editor",
    _NOT_FOUND: "there is no such thing in this Grafana",
}
_ADDRESS: Final = re.compile(
    r"https?://[^/:\s?#]+(?::\d{1,5})?(?:/[^\s?#]*)?|https?://\[[0-9a-f:]+\](?::\d{1,5})?/?"
)
_MARKUP: Final = re.compile(r"<[^>]*>|\s+")


class NotThereError(KpiError):
    """Grafana knows no such thing."""


class Grafana:
    """A Grafana at an address; one that does not answer is told from one that says no, both in words."""

    def __init__(self, url: str, token: str) -> None:
        """Take the address (a path before `/api` may stand in it) and a service account's token.

        Raises:
            UsageError: the address is none, or there is no token.
        """
        parts = urlsplit(url)
        if not _ADDRESS.fullmatch(url) or parts.username:
            raise UsageError("--grafana: write the address as in http://127.0.0.1:3000, without a password")
        if not token:
            raise UsageError("set KPI_GRAFANA_TOKEN to the token of a service account of Grafana")
        self.url = url.rstrip("/")
        path = parts.path.strip("/")
        host = parts.hostname or ""
        self._api: Any = GrafanaFace(
            auth=token,
            host=f"[{host}]" if ":" in host else host,
            port=parts.port,
            protocol=parts.scheme,
            url_path_prefix=f"{path}/" if path else "",
            timeout=_TIMEOUT_S,
        ).api

    def version(self) -> str:
        """Give Grafana's version.

        Raises:
            KpiError: Grafana answers, but cannot reach its own database.
        """
        health = self._asked("GET", "/health")
        if health.get("database") != "ok":
            raise KpiError(f"Grafana's own database is not well: {health.get('database', 'it does not say')}")
        return str(health.get("version", "unknown"))

    def datasource_health(self, uid: str) -> str:
        """Let Grafana connect to a datasource, and give its words.

        Raises:
            KpiError: it cannot; the text is Grafana's.
        """
        answer = self._asked("GET", f"/datasources/uid/{quote(uid, safe='')}/health")
        if answer.get("status") != "OK":
            raise KpiError(str(answer.get("message", "it does not say why")))
        return str(answer.get("message", ""))

    def board(self, uid: str) -> Json:
        """Give a dashboard as Grafana has it.

        Raises:
            NotThereError: it has none of this uid.
        """
        return dict(self._asked("GET", f"/dashboards/uid/{quote(uid, safe='')}")["dashboard"])

    def frames(self, target: Mapping[str, Any], span_ms: tuple[int, int]) -> list[Json]:
        """Run a panel's target as Grafana does, and give its frames.

        Raises:
            KpiError: the query failed; the text is the datasource's.
        """
        start, end = span_ms
        body = {"queries": [dict(target)], "from": str(start), "to": str(end)}
        result = self._asked("POST", "/ds/query", body)["results"][target["refId"]]
        if result.get("error"):
            raise KpiError(_one_line(str(result["error"])))
        return list(result.get("frames", []))

    def keep_playlist(self, name: str, boards: Sequence[str], seconds: int) -> str:
        """Make the playlist of a name show these boards in turn, and give its uid."""
        items = [{"type": "dashboard_by_uid", "value": uid} for uid in boards]
        body = {"name": name, "interval": f"{seconds}s", "items": items}
        uid = next((one["uid"] for one in self._asked("GET", "/playlists") if one["name"] == name), None)
        if uid is None:
            return str(self._asked("POST", "/playlists", body)["uid"])
        self._asked("PUT", f"/playlists/{quote(uid, safe='')}", {**body, "uid": uid})
        return str(uid)

    def annotations(self, tags: Sequence[str], span_ms: tuple[int, int]) -> list[Json]:
        """Give the annotations that bear all these tags and touch a span of time."""
        start, end = span_ms
        pairs = [*(("tags", tag) for tag in tags), ("from", start), ("to", end), ("limit", _MOST_ANNOTATIONS)]
        return list(self._asked("GET", f"/annotations?{urlencode(pairs)}"))

    def annotate(self, body: Mapping[str, Any], annotation_id: int | None = None) -> None:
        """Write an annotation, or what changed of one."""
        if annotation_id is None:
            self._asked("POST", "/annotations", body)
        else:
            self._asked("PATCH", f"/annotations/{annotation_id}", body)

    def remove_annotation(self, annotation_id: int) -> None:
        """Take an annotation away."""
        self._asked("DELETE", f"/annotations/{annotation_id}")

    def _asked(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        with _in_words(self.url):
            return getattr(self._api, verb)(path, json=body)


@contextmanager
def _in_words(url: str) -> Iterator[None]:
    try:
        yield
    except GrafanaServerError as error:
        words = f"{error.status_code}: {_said(error)}"
        raise DependencyDownError(
            f"Grafana at {url} is not well, or what stands before it: {words}"
        ) from None
    except GrafanaClientError as error:
        kind = NotThereError if error.status_code == _NOT_FOUND else KpiError
        raise kind(": ".join(filter(None, (_ADVICE.get(error.status_code), _said(error))))) from None
    except (ValueError, TypeError):
        # requests' own JSONDecodeError too; grafana-api trips over some pages that are no JSON.
        raise DependencyDownError(f"what answers at {url} is no Grafana: it sends no JSON") from None
    except requests.RequestException as error:
        raise DependencyDownError(f"Grafana at {url} does not answer: {_cause(error)}") from None


def _said(error: GrafanaException) -> str:
    """Give Grafana's own words; of a query, those of the datasource."""
    said = error.response
    if isinstance(said, dict):
        failed = [str(one["error"]) for one in said.get("results", {}).values() if one.get("error")]
        return _one_line("; ".join(failed) or str(said.get("message", "")))
    return _one_line(str(said))


def _one_line(text: str) -> str:
    return _MARKUP.sub(" ", text).strip()[:300]


def _cause(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return f"no answer within {_TIMEOUT_S:.0f} s"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not one that this machine trusts"
    return (
        "the connection is refused or broken" if isinstance(error, requests.ConnectionError) else str(error)
    )
