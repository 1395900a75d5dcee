"""What is served: the page, and the events that keep it up to date. To this machine alone."""

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
#: No other page may frame this one, read it, or learn where its reader came from.
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
    """Answers what is asked of this server by its own name, from its own page or none.

    A page elsewhere whose name was made to lead here (DNS rebinding) asks under that name;
    one that reaches over says where it comes from.
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
            return _refused("this server answers to its own name alone", 421)
        origins = headers.getlist("origin")
        if any(origin.lower() not in self._origins for origin in origins):
            return _refused("another page asks for this", 403)
        # A link may lead to the page, but nothing else may be taken from it.
        foreign = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
        if foreign and (path != "/" or headers.get("sec-fetch-mode") != "navigate"):
            return _refused("another page asks for this", 403)
        return None


def _refused(reason: str, status: int) -> Response:
    return PlainTextResponse(f"{reason}\n", status_code=status, headers=_HEADERS)
