"""What `specbuild watch` survives: links to themselves, several saves, idle guests, Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import threading
from pathlib import Path

import pytest
from support import loaded
from watching import SMALL, Events, Watching

from inceptionspec.watch import serve as serve_module
from inceptionspec.watch.files import Watched
from inceptionspec.watch.hub import Hub
from inceptionspec.watch.serve import MAX_CONNECTIONS, opened, serve
from inceptionspec.watch.session import Reading, Session

VARIANT = "spec: 1\nname: Variant\nextends: base.yaml\noverride:\n  last: {set: {filters: 4}}\n"
SECONDS = 60


@pytest.fixture
def variant(tmp_path: Path):
    (tmp_path / "base.yaml").write_text(SMALL)
    (tmp_path / "spec.yaml").write_text(VARIANT)
    with Watching(tmp_path) as watching:
        yield watching


@pytest.mark.parametrize("name", ["spec.yaml", "base.yaml"])
def test_a_link_to_itself_is_a_finding_until_it_is_a_file_again(variant, name):
    events = Events(variant)
    assert "layers" in events.next()
    file = variant.folder / name
    text = file.read_text()
    file.unlink()
    file.symlink_to(name)
    while "layers" in (payload := events.next()):
        pass
    assert payload["findings"]
    assert "link" in payload["findings"][0]["message"]
    file.unlink()
    file.write_text(text)
    assert "layers" in events.drawn()
    code, output = variant.end()
    assert code == 130
    assert "Traceback" not in output


def test_files_that_are_saved_together_are_shown_together(variant):
    events = Events(variant)
    events.next()
    # Neither file fits the other one's old text.
    variant.save(VARIANT.replace("last", "final"))
    (variant.folder / "base.yaml").write_text(SMALL.replace("name: last", "name: final"))
    assert "final" in [layer["path"] for layer in events.drawn()["layers"]]


class Changing:
    """A session of two files, the second of which is saved while they are read."""

    def __init__(self, folder: Path) -> None:
        self.files = (folder / "a", folder / "b")
        for file in self.files:
            file.write_text("old")
        self.watched = Watched(self.files, lacks_file=False)
        self.looks = 0

    def look(self) -> Reading:
        self.looks += 1
        first = self.files[0].read_text()
        if self.looks == 1:
            for file in self.files:
                file.write_text("newer")
        network = loaded(SMALL) if first == self.files[1].read_text() else loaded("vgg16")
        return Reading(network, ())


def test_a_mixture_of_old_and_new_files_is_read_again(tmp_path):
    session = Changing(tmp_path)
    assert asyncio.run(serve_module._settled(session)).network.name == "Small"
    assert session.looks == 2


def test_files_that_never_rest_are_shown_nevertheless(tmp_path):
    session = Changing(tmp_path)

    def look() -> Reading:
        session.looks += 1
        session.files[0].write_text("x" * session.looks)
        return Reading(loaded(SMALL), ())

    session.look = look
    asyncio.run(serve_module._settled(session))
    assert session.looks == serve_module._ATTEMPTS


@pytest.fixture
def many_files():
    """Room for more connections than one side of them may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_idle_connections_make_room(variant, many_files):
    watching = variant
    idle = [
        socket.create_connection(("127.0.0.1", watching.port), timeout=SECONDS) for _ in range(1100)
    ]
    try:
        assert watching.ask("/").status == 200
        descriptors = len(os.listdir(f"/proc/{watching.process.pid}/fd"))
        assert descriptors < 3 * MAX_CONNECTIONS
        watching.save(VARIANT.replace("Variant", "Smaller"))
        watching.said("drawn: Smaller")
    finally:
        for one in idle:
            one.close()
    code, output = watching.end()
    assert code == 130
    assert "Traceback" not in output


def test_a_connection_that_asks_for_nothing_is_dropped(tmp_path, monkeypatch):
    monkeypatch.setattr(serve_module, "_MAX_IDLE", 0.05)
    (tmp_path / "f.yaml").write_text(SMALL)
    received: list[bytes] = []

    def started(address: str) -> None:
        port = int(address.rsplit(":", 1)[1].strip("/"))

        def wait() -> None:
            with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as one:
                try:
                    received.append(one.recv(1))
                except ConnectionResetError:
                    received.append(b"")
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=wait, daemon=True).start()

    session = Session(tmp_path / "f.yaml", lambda: loaded(SMALL))
    with pytest.raises(KeyboardInterrupt):
        serve(session, opened(0), started=started, saved=lambda update: None)
    assert received == [b""]


@pytest.mark.parametrize("digits", ["9" * 5000, "-" + "9" * 5000, "\N{SUPERSCRIPT TWO}", "٣"])
def test_the_name_of_a_version_may_hold_any_number(digits):
    async def first_event(hub: Hub) -> str:
        stream = hub.stream(f"{hub.version.partition('-')[0]}-{digits}")
        await anext(stream)
        return await anext(stream)

    hub = Hub()
    hub.publish('{"c":1}', '{"w":1}')
    assert asyncio.run(first_event(hub)).endswith('data: {"w":1}\n\n')


def test_ctrl_c_does_not_wait_for_a_slow_reading(tmp_path):
    file = tmp_path / "f.yaml"
    file.write_text(SMALL)
    released, slow = threading.Event(), threading.Event()
    looks: list[int] = []

    def read():
        looks.append(1)
        if len(looks) > 1:
            slow.set()
            released.wait(SECONDS)
        return loaded(str(file))

    def interrupt() -> None:
        slow.wait(SECONDS)
        os.kill(os.getpid(), signal.SIGINT)

    def started(address: str) -> None:
        threading.Thread(target=interrupt, daemon=True).start()
        file.write_text(SMALL + "\n")

    try:
        with pytest.raises(KeyboardInterrupt):
            serve(Session(file, read), opened(0), started=started, saved=lambda update: None)
        assert slow.is_set()
        assert not released.is_set()
    finally:
        released.set()
