"""The headers that tell a browser what an answer may do."""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_EVERYWHERE: Final = {"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
#: Of what is for programs: a browser loads, shows and keeps nothing of it.
FOR_PROGRAMS: Final = _EVERYWHERE | {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
#: Of pages: nobody else's page holds them in a frame, and their forms go nowhere else.
FOR_PAGES: Final = _EVERYWHERE | {
    "Content-Security-Policy": "frame-ancestors 'self'; form-action 'self'; base-uri 'self'"
}
#: Of what is served with TLS: it is never to be asked for without.
WITH_TLS: Final = {"Strict-Transport-Security": "max-age=31536000"}


class SecurityHeaders:
    """Adds headers to every answer that does not say something of its own, which may be stricter."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app, self._headers = app, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and add the headers to its answer."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    own.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
