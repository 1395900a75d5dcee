"""The server's life: a port of this machine, the watching beside it, and a clean end."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from collections.abc import Awaitable, Callable

import uvicorn

from inceptionspec.diagnostics.diagnostic import Label, SpecError, spec_error
from inceptionspec.diagnostics.source import external
from inceptionspec.watch.app import app
from inceptionspec.watch.files import saves, stamp
from inceptionspec.watch.hub import Hub
from inceptionspec.watch.session import Reading, Session, Update

ADDRESS = "127.0.0.1"
DEFAULT_PORT = 8765
_SETTLED = 0.1
"""Seconds after which a fault is believed: until then a file may be half-written or on its way."""


def opened(port: int | None) -> socket.socket:
    """A socket of this machine, at a port or at one that is free.

    Raises:
        SpecError: E0805 where the port that is asked for is taken or not allowed.
    """
    if port is not None:
        return _bound(port)
    try:
        return _bound(DEFAULT_PORT)
    except SpecError:
        return _bound(0)


def _bound(port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two programs share a port
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((ADDRESS, port))
        found.listen()
    except OSError as error:
        found.close()
        taken = error.errno == errno.EADDRINUSE
        reason = "is taken by another program" if taken else f"cannot be used: {error.strerror}"
        helps = ("name another, or leave `--port` out for one that is free",)
        place = Label(external(f"--port {port}"))
        raise spec_error("E0805", f"the port {port} {reason}", place, *helps) from None
    return found


def serve(
    session: Session,
    listening: socket.socket,
    *,
    started: Callable[[str], None],
    saved: Callable[[Update], None],
) -> None:
    """Serve the page of a spec and follow its files until interrupted.

    Args:
        started: called with the address once the page can be opened.
        saved: called with what each save changed, the first reading included.

    Raises:
        KeyboardInterrupt: after all streams were closed.
    """
    asyncio.run(_serve(session, listening, started, saved))


async def _serve(
    session: Session,
    listening: socket.socket,
    started: Callable[[str], None],
    saved: Callable[[Update], None],
) -> None:
    hub, stop = Hub(), asyncio.Event()
    port = listening.getsockname()[1]

    def publish(reading: Reading) -> None:
        update = session.accept(reading)
        if update is not None:
            hub.publish(update.change, update.whole)
            saved(update)

    async def follow() -> None:
        async for _ in saves(lambda: session.watched, stop):
            publish(await _settled(session))

    first = session.accept(session.look())
    if first is not None:
        hub.publish(first.change, first.whole)

    def begun() -> None:
        started(f"http://{ADDRESS}:{port}/")
        if first is not None:
            saved(first)

    config = uvicorn.Config(
        app(hub, port),
        access_log=False,
        lifespan="off",
        log_config=None,
        loop="asyncio",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
        ws="none",
    )
    following = asyncio.create_task(follow())

    async def ended() -> None:
        hub.close()
        stop.set()
        await following

    server = _Server(config, begun, ended)
    # A fault of ours in there must not leave a page that no longer follows its file.
    following.add_done_callback(lambda _: setattr(server, "should_exit", True))
    await server.serve(sockets=[listening])


async def _settled(session: Session) -> Reading:
    """What the files hold once they are left alone."""
    while True:
        before = stamp(session.watched.paths)
        reading = await asyncio.to_thread(session.look)
        if reading.network is not None:
            return reading
        await asyncio.sleep(_SETTLED)
        if stamp(session.watched.paths) == before:
            return reading


class _Server(uvicorn.Server):
    """Says when it has started, and ends what would keep it from ending."""

    def __init__(
        self,
        config: uvicorn.Config,
        started: Callable[[], None],
        ended: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(config)
        self._say_started = started
        self._ended = ended

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer, and say so."""
        await super().startup(sockets)
        self._say_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, which would be waited for, then all else."""
        try:
            await self._ended()
        finally:
            await super().shutdown(sockets)
