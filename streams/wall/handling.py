"""The page on which the house takes care of alerts: who acknowledges or silences knows the token."""

import asyncio
import secrets
from collections import deque
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from streams import clock
from streams.alerts.actions import acknowledge, read_token, rule_and_place, silence
from streams.clickhouse_client import reader, writer
from streams.errors import KpiError, UsageError
from streams.logs import get_logger
from streams.settings import Settings
from streams.wall.markup import template
from streams.wall.navigation import HANDLING

_log = get_logger("wall")

_PAGE: Final = template("handling.html.j2")
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
    " frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
_OPEN: Final = (
    "SELECT alert_id, severity, phase, title_vi, place, text_vi, acknowledged_by,"
    " formatDateTime(fired_at, '%H:%i %d/%m', 'Asia/Ho_Chi_Minh') AS since FROM alerts_now"
    " ORDER BY severity = 'critical' DESC, severity = 'warning' DESC, fired_at DESC LIMIT 200"
)
_LENGTHS: Final = {"1": "1 giờ", "4": "4 giờ", "8": "8 giờ", "24": "1 ngày", "48": "2 ngày", "192": "8 ngày"}
_MOST_BYTES: Final = 4096
# So many wrong tokens a minute of one address are told that they are wrong; the last ones are remembered.
_TRIES: Final = 10
_REMEMBERED: Final = 1_000
_MINUTE_S: Final = 60.0
_DONE: Final = {"ack": "Đã ghi nhận: có người xử lý.", "silence": "Đã tắt tiếng."}
_NOBODY_MAY: Final = (
    "Chưa ai được phép: đặt KPI_ALERTS_TOKEN (hoặc KPI_ALERTS_TOKEN_FILE) rồi khởi động lại kpi wall."
)
_WRONG: Final = "Mã không đúng. Không có gì được ghi."
_TOO_OFTEN: Final = "Sai mã quá nhiều lần; thử lại sau một phút, hoặc dùng kpi alerts ack."


class Deed(BaseModel):
    """What somebody wants done about an alert."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Literal["ack", "silence"]
    alert_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    who: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=2, max_length=60, pattern=r"^[^\W_][\w .'-]*$"),
    ]
    hours: Literal["1", "4", "8", "24", "48", "192"] = "1"


class Refused(Exception):  # noqa: N818 - it is an answer, not an error of ours
    """What is not done, with the status and the words of the answer."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


class Handling:
    """The page, and what its buttons do.

    Args:
        settings: where the alerts are, and which token somebody must know.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._failures: deque[tuple[str, float]] = deque(maxlen=_REMEMBERED)

    def add_to(self, app: FastAPI) -> None:
        """Serve it at its address."""
        app.get(HANDLING.url)(self.show)
        app.post(HANDLING.url)(self.act)

    async def show(self, done: str = "") -> Response:
        """Give the page; `done` names what was done before."""
        return await self._page(200, _DONE.get(done, ""), "")

    async def act(self, request: Request) -> Response:
        """Do what a button asks, if the token is right."""
        try:
            form = await _read(request)
            self._check(form.pop("token", ""), _address(request))
            deed = _deed(form)
            by = f"{deed.who}@{_address(request)}"
            await asyncio.to_thread(self._do, deed, by)
        except Refused as refused:
            _log.warning("wall_action_refused", why=refused.words, address=_address(request))
            return await self._page(refused.status, "", refused.words)
        except UsageError as error:
            return await self._page(400, "", str(error))
        except KpiError as error:
            return await self._page(503, "", str(error))
        _log.info("wall_action", action=deed.action, alert_id=deed.alert_id, who=by)
        return RedirectResponse(f"{HANDLING.url}?done={deed.action}", 303)

    def _check(self, given: str, address: str) -> None:
        """Let the right token pass, whatever others have tried; it is too long to be guessed."""
        token = read_token(self._settings)
        if not token:
            raise Refused(403, _NOBODY_MAY)
        if secrets.compare_digest(given.encode(), token.encode()):
            return
        now = clock.monotonic()
        tries = sum(who == address and now - at < _MINUTE_S for who, at in self._failures)
        if tries >= _TRIES:
            raise Refused(429, _TOO_OFTEN)
        self._failures.append((address, now))
        raise Refused(403, _WRONG)

    def _do(self, deed: Deed, by: str) -> None:
        now = clock.now()
        with writer(self._settings, self._settings.database) as client:
            if deed.action == "ack":
                acknowledge(client, deed.alert_id, by, now)
                return
            rule, scope = rule_and_place(client, deed.alert_id)
            silence(client, rule, scope, by, (now, now + timedelta(hours=int(deed.hours))))

    async def _page(self, status: int, done: str, problem: str) -> Response:
        try:
            alerts = await asyncio.to_thread(self._open)
        except KpiError as error:
            alerts, problem = [], problem or str(error)
        html = _PAGE.render(alerts=alerts, done=done, problem=problem, lengths=_LENGTHS, url=HANDLING.url)
        return HTMLResponse(html, status, headers=_HEADERS)

    def _open(self) -> list[Mapping[str, object]]:
        with reader(self._settings) as client:
            client.database = self._settings.database
            return list(client.query(_OPEN).named_results())


async def _read(request: Request) -> dict[str, str]:
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > _MOST_BYTES:
        raise Refused(413, "Yêu cầu quá lớn.")
    async with request.form(max_files=0, max_fields=8) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def _deed(form: Mapping[str, str]) -> Deed:
    """Read the form: the button that was pressed names action and alert."""
    rest = {name: value for name, value in form.items() if name != "do"}
    action, _, alert_id = form.get("do", "").partition("/")
    try:
        return Deed.model_validate({**rest, "action": action, "alert_id": alert_id})
    except ValidationError as error:
        names = {str(one["loc"][0]) for one in error.errors()}
        words = "Hãy ghi tên người xử lý (2-60 chữ)." if names == {"who"} else "Yêu cầu không hợp lệ."
        raise Refused(400, words) from None


def _address(request: Request) -> str:
    return request.client.host if request.client else "?"
