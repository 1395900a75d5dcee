"""What the server is made of: streams, settling, the places of findings, and its end."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from support import loaded
from watching import SMALL

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.watch import hub as hub_module
from inceptionspec.watch import serve as serve_module
from inceptionspec.watch.files import Watched
from inceptionspec.watch.hub import Hub
from inceptionspec.watch.places import places
from inceptionspec.watch.serve import opened, serve
from inceptionspec.watch.session import Reading, Session


def received(hub, seen, count, *steps):
    """A number of events of a stream, while some steps are taken in between."""

    async def read():
        found = []
        waiting = list(steps)
        async for event in hub.stream(seen):
            found.append(event)
            if len(found) == count:
                return found
            if waiting:
                asyncio.get_running_loop().call_later(0.01, waiting.pop(0))
        return found

    return asyncio.run(asyncio.wait_for(read(), 60))


def test_a_stream_begins_with_what_its_page_lacks():
    hub = Hub()
    hub.publish('{"c":1}', '{"w":1}')
    first = hub.version
    hub.publish('{"c":2}', '{"w":2}')
    retry, event = received(hub, first, 2)
    assert retry == "retry: 500\n\n"
    assert event == f'id: {hub.version}\ndata: {{"c":2}}\n\n'
    for seen in ("", "other-2", "x", f"{hub.version}9", "-1"):
        assert received(hub, seen, 2)[1].endswith('data: {"w":2}\n\n')
    assert hub.payload == {"w": 2}


def test_a_stream_that_falls_behind_catches_up_with_the_whole():
    hub = Hub()

    def two():
        hub.publish('{"c":1}', '{"w":1}')
        hub.publish('{"c":2}', '{"w":2}')

    assert received(hub, hub.version, 2, two)[1].endswith('data: {"w":2}\n\n')


def test_a_silent_stream_shows_that_it_lives(monkeypatch):
    monkeypatch.setattr(hub_module, "_HEARTBEAT", 0.01)
    hub = Hub()
    assert received(hub, hub.version, 3)[1:] == [": still here\n\n"] * 2


def test_a_stream_ends_with_the_server():
    hub = Hub()
    assert received(hub, hub.version, 9, hub.close) == ["retry: 500\n\n"]


class Unsteady:
    """A session whose file is broken, and changes while it is looked at."""

    def __init__(self, file, good):
        self.watched = Watched((file,), lacks_file=False)
        self.file = file
        self.good = good
        self.looks = 0

    def look(self):
        self.looks += 1
        if self.looks < 3:
            self.file.write_text("x" * self.looks)
            return Reading(None, ())
        return Reading(self.good if self.looks == 3 else None, ())


def test_a_fault_is_not_believed_while_the_file_still_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(serve_module, "_SETTLED", 0.01)
    good = loaded(SMALL)
    session = Unsteady(tmp_path / "f.yaml", good)
    assert asyncio.run(serve_module._settled(session)).network is good
    assert session.looks == 3
    session.looks = 9
    assert asyncio.run(serve_module._settled(session)).network is None
    assert session.looks == 10


def at(text, line, name="<text>"):
    source = Source(name, text)
    return Diagnostic("E0206", "x", Label(Span(source, line, 1, line, 2)))


@pytest.mark.parametrize(
    ("text", "line", "path"),
    [
        (SMALL, 5, "first"),
        (SMALL, 8, "Mixed/left/a"),
        (SMALL, 9, "Mixed/right/b"),
        (SMALL, 10, "last"),
        (SMALL, 3, "input"),
        (SMALL, 2, ""),
        ("# one\n# two\n" + SMALL, 7, "first"),
        ("# one\n" + SMALL, 11, "last"),
        (SMALL.replace("op: conv, name: last", "op: cnov, name: last"), 10, "last"),
        (SMALL.replace("name: first", "nmae: first\n   "), 5, "first"),
        (SMALL.replace("  - {op: conv, name: first, kernel: 3, filters: 8}\n", ""), 9, "last"),
        (SMALL[:100], 5, "first"),
        ("", 1, ""),
    ],
)
def test_a_line_is_found_again_in_the_text_before(text, line, path):
    network = loaded(SMALL)
    found = places([at(text, line)], network)
    assert found == ({f"<text>:{line}": path} if path else {})


def test_what_is_no_file_of_the_network_stands_nowhere():
    network = loaded(SMALL)
    option = Diagnostic("E0805", "x", Label(Source("--set n=1").whole()))
    assert places([at(SMALL, 5, "other.yaml"), option], network) == {}


def test_a_line_of_a_block_stands_at_its_first_call():
    network = loaded("inception_v3")
    name, text = network.source.name, network.source.text
    line = 1 + text.split("\n").index("        - {op: conv, name: Conv2d_0b_1x7, kernel: 1x7, "
                                      "filters: $filters_7}")  # fmt: skip
    assert places([at(text, line, name)], network) == {
        f"{name}:{line}": "Mixed_6b/Branch_1/Conv2d_0b_1x7"
    }
    call = 1 + next(n for n, one in enumerate(text.split("\n")) if "name: Mixed_6c" in one)
    assert places([at(text, call, name)], network) == {f"{name}:{call}": "Mixed_6c"}


def test_a_call_that_repeats_stands_at_all_that_it_makes():
    network = loaded("inception_resnet_v2")
    name, text = network.source.name, network.source.text
    call = 1 + next(n for n, one in enumerate(text.split("\n")) if "name: Repeat_1" in one)
    assert places([at(text, call, name)], network) == {f"{name}:{call}": "Repeat_1"}


def test_an_open_size_has_no_difference_in_macs(tmp_path):
    texts = [SMALL, SMALL.replace("filters: 8", "filters: 9", 1)]
    session = Session(tmp_path / "f", lambda: loaded(texts.pop(0), input="any"))
    session.accept(session.look())
    update = session.accept(session.look())
    assert update.difference["params"] > 0
    assert update.difference["macs"] is None
    assert json.loads(update.whole)["difference"]["macs"] is None


def test_a_bug_ends_the_server_instead_of_a_page_that_no_longer_follows(tmp_path):
    file = tmp_path / "f.yaml"
    file.write_text(SMALL)
    looks = []

    def read():
        looks.append(1)
        if len(looks) > 1:
            raise ZeroDivisionError("a bug")
        return loaded(str(file))

    def started(address):
        file.write_text(SMALL + "\n")

    with pytest.raises(ZeroDivisionError):
        serve(Session(file, read), opened(0), started=started, saved=lambda update: None)


def test_the_package_ships_its_script():
    folder = Path(hub_module.__file__).parent
    assert [path.name for path in folder.glob("*.js")] == ["live.js"]


VARIANT = """spec: 1
extends: inception_v3
name: Variant
override:
  Conv2d_1a_3x3: {filters: 48}
  Mixed_6*/Branch_2/Conv2d_0d_7x1:
    set: {filters: 200}
  Mixed_7b: delete
  blocks.inception_a/Branch_0/Conv2d_0a_1x1: {filters: 60}
"""


@pytest.mark.parametrize(
    ("text", "line", "path"),
    [
        (VARIANT, 5, "Conv2d_1a_3x3"),
        (VARIANT, 6, "Mixed_6b/Branch_2/Conv2d_0d_7x1"),
        (VARIANT, 7, "Mixed_6b/Branch_2/Conv2d_0d_7x1"),
        (VARIANT, 8, "Mixed_7a"),
        (VARIANT, 9, "Mixed_5b/Branch_0/Conv2d_0a_1x1"),
        (VARIANT, 3, ""),
        (VARIANT + "  Mixed_5d/Branch_1:\n    set: {kernal: 3}\n", 11, "Mixed_5d/Branch_1"),
        (VARIANT + "  'Mixed_5*/Branch_1': delete\n", 10, "Mixed_5b/Branch_1"),
        (VARIANT + "  Mixed_9: delete\n", 10, ""),
    ],
)
def test_a_line_of_an_override_stands_at_what_it_changes(text, line, path):
    found = places([at(text, line)], loaded(VARIANT))
    assert found == ({f"<text>:{line}": path} if path else {})


def test_a_save_marks_the_layers_that_it_changed(tmp_path):
    texts = [
        SMALL,
        SMALL.replace("name: first, kernel: 3, filters: 8", "name: first, kernel: 5, filters: 8"),
        SMALL.replace(
            "  - {op: conv, name: last",
            "  - {op: activation, function: relu, name: n}\n  - {op: conv, name: last",
        ),
    ]
    assert texts[1] != SMALL
    session = Session(tmp_path / "f", lambda: loaded(texts.pop(0)))
    session.accept(session.look())
    shown = json.loads(session.accept(session.look()).whole)
    assert shown["changed"] == {"first": "kernel: 3\u00d73 to 5\u00d75"}
    shown = json.loads(session.accept(session.look()).whole)
    assert shown["changed"]["n"] == "new"
    assert shown["changed"]["first"] == "kernel: 5\u00d75 to 3\u00d73"
