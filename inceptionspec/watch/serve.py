"""The life of the server: a port of this machine, connections, following files, a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import sys
import threading
from collections.abc import Awaitable, Callable

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from inceptionspec.diagnostics.diagnostic import Label, SpecError, spec_error
from inceptionspec.diagnostics.source import external
from inceptionspec.watch.app import app
from inceptionspec.watch.files import saves, stamp
from inceptionspec.watch.hub import Hub
from inceptionspec.watch.session import Reading, Session, Update

ADDRESS = "127.0.0.1"
DEFAULT_PORT = 8765
MAX_CONNECTIONS = 64
"""More pages than anyone has open, and far fewer than the files that a process may open."""
_MAX_IDLE = 10.0
"""Seconds after which a connection that has sent no request is closed."""
_SETTLED = 0.1
"""Seconds without a change after which a fault is shown: a file may be written only in part."""
_ATTEMPTS = 4
"""A network is shown after this many readings even if its files still change."""
_GRACE = 0.5
"""Seconds to wait at the end for the watch of files; a reading may take longer."""


def opened(port: int | None) -> socket.socket:
    """A listening socket of this machine, at a given port, the usual one, or a free one.

    Raises:
        SpecError: the given port is taken or not allowed (E0805).
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
        if sys.platform != "win32":  # there two programs could then share a port
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((ADDRESS, port))
        found.listen()
    except OSError as error:
        found.close()
        taken = error.errno == errno.EADDRINUSE
        reason = "is taken by another program" if taken else f"cannot be used: {error.strerror}"
        helps = ("choose another, or leave `--port` out to use a free one",)
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
    # Outside of the event loop, where Ctrl-C would wait for it.
    first = session.accept(session.look())
    asyncio.run(_serve(session, listening, first, started, saved))


async def _serve(
    session: Session,
    listening: socket.socket,
    first: Update | None,
    started: Callable[[str], None],
    saved: Callable[[Update], None],
) -> None:
    hub, stop = Hub(), asyncio.Event()
    port = listening.getsockname()[1]

    async def follow() -> None:
        async for _ in saves(lambda: session.watched, stop):
            update = session.accept(await _settled(session))
            if update is not None:
                hub.publish(update.change, update.whole)
                saved(update)

    if first is not None:
        hub.publish(first.change, first.whole)

    def on_start() -> None:
        started(f"http://{ADDRESS}:{port}/")
        if first is not None:
            saved(first)

    following = asyncio.create_task(follow())

    async def on_end() -> None:
        hub.close()
        stop.set()
        await asyncio.wait([following], timeout=_GRACE)
        if following.done():
            following.result()  # raises what ended it, if that is a bug
        else:
            following.cancel()  # a slow reading continues in its thread, which is not waited for

    config = uvicorn.Config(
        app(hub, port),
        access_log=False,
        backlog=MAX_CONNECTIONS,
        http=Connection,
        lifespan="off",
        log_config=None,
        loop="asyncio",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
        ws="none",
    )
    server = _Server(config, on_start, on_end)
    # A bug in there must not leave a page that no longer follows its file.
    following.add_done_callback(lambda _: setattr(server, "should_exit", True))
    await server.serve(sockets=[listening])


async def _settled(session: Session) -> Reading:
    """What the files hold once they are left alone: several may be saved at once.

    A network that was read from files that changed meanwhile is read again, a few times. A
    fault is shown once nothing has changed for a moment.
    """
    attempts = 0
    while True:
        before = stamp(session.watched.paths)
        reading = await _in_thread(session.look)
        attempts += 1
        if reading.network is None:
            await asyncio.sleep(_SETTLED)
        elif attempts == _ATTEMPTS:
            return reading
        if stamp(session.watched.paths) == before:
            return reading


async def _in_thread(look: Callable[[], Reading]) -> Reading:
    """What a function returns that runs in a thread which does not outlive the process.

    ``asyncio.to_thread`` would make the end of the event loop wait for it.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Reading] = loop.create_future()

    def settle(reading: Reading | None, error: BaseException | None) -> None:
        if not future.done():
            if reading is not None:
                future.set_result(reading)
            elif error is not None:
                future.set_exception(error)

    def run() -> None:
        reading: Reading | None = None
        error: BaseException | None = None
        try:
            reading = look()
        except BaseException as raised:  # raised again where the result is awaited
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, reading, error)

    threading.Thread(target=run, daemon=True).start()
    return await future


class Connection(H11Protocol):
    """One connection. It is closed if it sends no request in time, or to make room for others."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept it, and close the oldest idle one if there are too many."""
        super().connection_made(transport)
        self.since = self.loop.time()
        self.loop.call_later(_MAX_IDLE, self._drop_if_idle)
        if len(self.connections) > MAX_CONNECTIONS:
            connections = (each for each in self.connections if isinstance(each, Connection))
            idle = (connection for connection in connections if connection.is_idle)
            oldest = min(idle, key=lambda connection: connection.since)
            self.connections.discard(oldest)  # it is lost a little later
            oldest.transport.abort()

    @property
    def is_idle(self) -> bool:
        """Whether it has sent no request yet."""
        return self.cycle is None

    def _drop_if_idle(self) -> None:
        if self.is_idle:
            self.transport.abort()


class _Server(uvicorn.Server):
    """Calls back when it has started, and ends what would keep it from ending."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_start: Callable[[], None],
        on_end: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(config)
        self._on_start = on_start
        self._on_end = on_end

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer, and say so."""
        await super().startup(sockets)
        self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, which would be waited for, then all else."""
        try:
            await self._on_end()
        finally:
            await super().shutdown(sockets)
