"""What is served to this machine: the page, and the events that keep it up to date."""

from __future__ import annotations

from collections.abc import Collection
from importlib.resources import files

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from inceptionspec.drawing.page import page_text
from inceptionspec.watch.hub import Hub

HOSTS = ("127.0.0.1", "localhost")
#: No other page may frame this one or read it, and no link tells where its reader was.
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def app(hub: Hub, port: int) -> ASGIApp:
    """The page at ``/`` and its events at ``/events``."""
    script = files(__package__).joinpath("live.js").read_text(encoding="utf-8")

    def page(request: Request) -> Response:
        start = f"live({hub.version!r});"
        text = page_text(hub.payload, scripts=(script, start), connect=True)
        return HTMLResponse(text, headers=_HEADERS)

    async def events(request: Request) -> Response:
        seen = request.headers.get("last-event-id") or request.query_params.get("seen", "")
        return StreamingResponse(hub.stream(seen), headers=_HEADERS, media_type="text/event-stream")

    routes = [Route("/", page, methods=["GET"]), Route("/events", events, methods=["GET"])]
    return Guard(Starlette(routes=routes), [f"{host}:{port}" for host in HOSTS])


class Guard:
    """Answers requests that use this server's own name and come from its own page or from none.

    A page from elsewhere whose name was made to resolve to this machine (DNS rebinding) uses
    that name; a request across origins says its origin.
    """

    def __init__(self, inner: ASGIApp, names: Collection[str]) -> None:
        self._inner = inner
        self._names = frozenset(names)
        self._origins = frozenset(f"http://{name}" for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        refusal = self._refusal(Headers(scope=scope), str(scope["path"]))
        await (refusal or self._inner)(scope, receive, send)

    def _refusal(self, headers: Headers, path: str) -> Response | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._names:
            return _refused("this server answers only to its own name", 421)
        origins = headers.getlist("origin")
        if any(origin.lower() not in self._origins for origin in origins):
            return _refused("the request comes from another page", 403)
        # A link may lead to the page; nothing else may come from another site.
        foreign = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
        if foreign and (path != "/" or headers.get("sec-fetch-mode") != "navigate"):
            return _refused("the request comes from another page", 403)
        return None


def _refused(reason: str, status: int) -> Response:
    return PlainTextResponse(f"{reason}\n", status_code=status, headers=_HEADERS)
