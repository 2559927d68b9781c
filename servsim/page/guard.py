"""The guard at the door: who may talk to the page, how much they may say, and which headers go out with every answer.

Host and origin must be those of the page itself (against rebinding and other sites); beyond loopback a token is needed.
Plain ASGI, so that streams pass through. Never looks into a body.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES = 300_000
"""Of one request's body."""
TOO_LARGE = f"The request is too large; at most {MOST_BYTES:,} bytes are read."
HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(:[0-9]+)?")
COOKIE = "servsim_token"
HEADERS = (
    (b"content-security-policy", b"default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


class Guard:
    """Turns away what should not come in.

    Parameters
    ----------
    app : what is guarded.
    hosts : names in the Host header that are the page's own, without port.
    token : what a browser must show; empty: loopback only, none needed.
    """

    def __init__(self, app: App, hosts: frozenset[str], token: str = "") -> None:
        self.app, self.hosts, self.token = app, hosts, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send) if scope["type"] == "lifespan" else None
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refused = self._refusal(scope, headers)
        if refused is not None:
            return await _answer(send, *refused)
        await self._pass(scope, receive, self._sending(scope, send))
        return None

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in; one whose body turns out too large as it comes is answered here, whatever the app makes of what it got."""
        seen, has_begun = 0, False

        async def receiving() -> MutableMapping[str, Any]:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            return {"type": "http.disconnect"} if seen > MOST_BYTES else message

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal has_begun
            if seen <= MOST_BYTES or has_begun:
                has_begun = True
                await send(message)

        await self.app(scope, receiving, sending)
        if seen > MOST_BYTES and not has_begun:
            await _answer(send, 413, TOO_LARGE)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        """Return status and sentence for what may not come in; ``None``: it may."""
        if _host(headers.get("host", "")) not in self.hosts:
            return 421, "This page answers to its own name only."
        origin = headers.get("origin")
        if origin is not None and _place(origin) != headers.get("host"):
            return 403, "Another site asked for this; the page answers to itself only."
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "Only GET and POST are answered."
        if scope["method"] == "POST" and headers.get("content-type", "").split(";")[0].strip() != "application/json":
            return 415, "A body must be JSON (content-type application/json)."
        if not _is_small(headers.get("content-length", "0")):
            return 413, TOO_LARGE
        if self.token and not self._shows_token(scope, headers):
            return 401, "This page asks for a token: open the address that servsim serve printed, token and all."
        return None

    def _shows_token(self, scope: Scope, headers: dict[str, str]) -> bool:
        cookies = dict(part.strip().partition("=")[::2] for part in headers.get("cookie", "").split(";"))
        shown = cookies.get(COOKIE, "") or self._token_of(scope)
        return hmac.compare_digest(shown.encode(), self.token.encode())

    def _token_of(self, scope: Scope) -> str:
        query: bytes = scope.get("query_string", b"")
        return parse_qs(query.decode("latin-1")).get("token", [""])[0]

    def _sending(self, scope: Scope, send: Send) -> Send:
        """Add the page's headers to every answer, and the token's cookie to the one that showed it."""
        extra = list(HEADERS)
        if self.token and self._token_of(scope):
            extra.append((b"set-cookie", f"{COOKIE}={self.token}; HttpOnly; SameSite=Strict; Path=/".encode()))

        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *extra]
            await send(message)

        return sending


def _host(text: str) -> str:
    """Return a Host header without its port; nobody's where it is none."""
    found = HOST.fullmatch(text)
    return found[1] if found else ""


def _place(origin: str) -> str:
    """Return an origin's host and port; nobody's where it is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _is_small(length: str) -> bool:
    return length.isdecimal() and int(length) <= MOST_BYTES


async def _answer(send: Send, status: int, says: str) -> None:
    body = json.dumps({"message": says, "problems": []}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
