"""The schema in an editor: what yaml-language-server completes, explains and underlines.

`npm install --prefix tests/e2e/editor` brings the server. It is given the schema by the first
line of each text, and asks no network.
"""

from __future__ import annotations

import contextlib
import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support import ROOT, do_without, require_program

from inceptionspec.frontend.language.forms import CALL, SPEC
from inceptionspec.frontend.language.json_schema import SCHEMA_FILE
from inceptionspec.ops import LAYER_OPS, MERGE_OPS
from inceptionspec.ops.functions import ACTIVATIONS

Message = dict[str, Any]
SECONDS = 60
#: Where the cursor is in a text.
CURSOR = "\u2038"
SPEC_LINES = "spec: 1\nname: t\ninput: {size: 16x16}\n"
NETWORK = f"{SPEC_LINES}network:\n"


class Client:
    """As much of an editor as the tests need: it opens texts and asks about places in them."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.messages: queue.Queue[Message | None] = queue.Queue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        self.asked = 0
        self.opened = 0
        completion = {"completionItem": {"documentationFormat": ["plaintext"]}}
        self.ask(
            "initialize",
            {
                "processId": None,
                "rootUri": None,
                "capabilities": {
                    "workspace": {"configuration": True},
                    "textDocument": {"completion": completion},
                },
            },
        )
        self.tell("initialized", {})
        self.tell("workspace/didChangeConfiguration", {"settings": {"yaml": self.SETTINGS}})

    SETTINGS: Message = {  # noqa: RUF012
        "validate": True,
        "completion": True,
        "hover": True,
        "schemaStore": {"enable": False},
    }

    def ask(self, method: str, parameters: Message) -> Any:
        """Send a request and wait for its answer."""
        self.asked += 1
        number = self.asked
        self._send({"id": number, "method": method, "params": parameters})
        answer = self._wait(lambda one: one.get("id") == number and "method" not in one)
        assert "error" not in answer, answer
        return answer["result"]

    def tell(self, method: str, parameters: Message) -> None:
        """Send a notification."""
        self._send({"method": method, "params": parameters})

    def open(self, text: str, schema: Path = SCHEMA_FILE) -> str:
        """Open a text as a new file that names the schema."""
        self.opened += 1
        uri = f"file:///specs/{self.opened}.yaml"
        document = {
            "uri": uri,
            "languageId": "yaml",
            "version": 1,
            "text": f"# yaml-language-server: $schema={schema.as_posix()}\n{text}",
        }
        self.tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def at_cursor(self, method: str, text: str) -> Any:
        """Ask about the place of the cursor."""
        before, after = text.split(CURSOR)
        uri = self.open(before + after)
        line = before.count("\n")
        position = {"line": line + 1, "character": len(before) - before.rfind("\n") - 1}
        return self.ask(method, {"textDocument": {"uri": uri}, "position": position})

    def completions(self, text: str) -> dict[str, str]:
        """What is offered at the cursor, each with what is said of it."""
        answer = self.at_cursor("textDocument/completion", text)
        return {one["label"]: _plain(one.get("documentation", "")) for one in answer["items"]}

    def hover(self, text: str) -> str:
        """What is said of the word at the cursor."""
        return _plain(self.at_cursor("textDocument/hover", text)["contents"])

    def diagnostics(self, text: str) -> list[Message]:
        """What is underlined in a text."""
        uri = self.open(text)
        published = self._wait(
            lambda one: (
                one.get("method") == "textDocument/publishDiagnostics"
                and one["params"]["uri"] == uri
            )
        )
        found: list[Message] = published["params"]["diagnostics"]
        return found

    def close(self) -> None:
        """End the server, which is told to, or else made to."""
        with contextlib.suppress(OSError):
            self.tell("exit", {})
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            with contextlib.suppress(OSError):
                stream.close()

    def _wait(self, wanted: Callable[[Message], bool]) -> Message:
        """The next message of a kind; what the server asks in between is answered."""
        while True:
            message = self.messages.get(timeout=SECONDS)
            assert message is not None, "the server has ended"
            if "method" in message and "id" in message:
                self._send({"id": message["id"], "result": self._answer(message)})
            if wanted(message):
                return message

    def _answer(self, message: Message) -> Any:
        if message["method"] != "workspace/configuration":
            return None
        return [
            self.SETTINGS if one["section"] == "yaml" else {} for one in message["params"]["items"]
        ]

    def _send(self, message: Message) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        self.process.stdin.flush()

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            elif not header.strip():
                self.messages.put(json.loads(stream.read(length)))
        self.messages.put(None)


def _plain(said: str | Message) -> str:
    return said if isinstance(said, str) else str(said["value"])


def _server() -> str:
    beside = Path(__file__).parent / "node_modules/yaml-language-server/bin/yaml-language-server"
    found = str(beside) if beside.exists() else shutil.which("yaml-language-server")
    return found or do_without("yaml-language-server")


@pytest.fixture(scope="module")
def editor() -> Iterator[Client]:
    client = Client([require_program("node"), _server(), "--stdio"])
    yield client
    client.close()


def test_keys_of_the_top_are_completed_and_described(editor: Client) -> None:
    found = editor.completions(f"spec: 1\n{CURSOR}")
    assert set(SPEC.fields) - {"spec"} <= set(found)
    assert found["network"] == SPEC.fields["network"].doc
    assert "extends" in found
    variant = editor.completions(f"spec: 1\nextends: inception_v3\nname: t\n{CURSOR}")
    assert "override" in variant
    assert "network" not in variant


@pytest.mark.parametrize("line", [f"  - op: {CURSOR}\n", f"  - {{op: {CURSOR}}}\n"])
def test_operators_are_completed_and_described(editor: Client, line: str) -> None:
    found = editor.completions(NETWORK + line)
    # Merges may be lines that name what they read.
    assert {name: op.doc for name, op in {**LAYER_OPS, **MERGE_OPS}.items()} == found


@pytest.mark.parametrize(
    "line", [f"  - op: conv\n    {CURSOR}\n", f"  - {{op: conv, k{CURSOR}}}\n"]
)
def test_attributes_are_completed_and_described(editor: Client, line: str) -> None:
    found = editor.completions(NETWORK + line)
    for attribute in LAYER_OPS["conv"].attributes:
        assert found[attribute.name] == attribute.doc
    assert "rate" not in found
    assert "block" not in found


@pytest.mark.parametrize(
    "line", [f"  - block: b\n    {CURSOR}\n", f"  - {{block: b, w{CURSOR}}}\n"]
)
def test_keys_of_a_call_are_completed_and_described(editor: Client, line: str) -> None:
    found = editor.completions(NETWORK + line)
    for key in ("name", "with", "rename", "repeat"):
        assert found[key] == CALL.fields[key].doc
    assert "kernel" not in found


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (f"  - {{op: conv, padding: {CURSOR}}}\n", {"same", "valid"}),
        (f"  - op: conv\n    padding: {CURSOR}\n", {"same", "valid"}),
        (f"  - op: conv\n    activation: {CURSOR}\n", {"none", *ACTIVATIONS}),
        (f"  - op: activation\n    function: {CURSOR}\n", set(ACTIVATIONS)),
        (f"  - op: conv\n    norm: {CURSOR}\n", {"none", "batch_norm"}),
        (f"  - branches: [[], []]\n    merge: {CURSOR}\n", {"concat", "add", "multiply"}),
        (f"  []\nheads:\n  a:\n    predictions: {CURSOR}\n", {"none", "softmax", "sigmoid"}),
        (f"  []\nblocks:\n  b:\n    args:\n      n: {CURSOR}\n",
         {"int", "float", "bool", "string"}),
    ],
)  # fmt: skip
def test_words_are_completed_and_described(editor: Client, lines: str, words: set[str]) -> None:
    found = editor.completions(NETWORK + lines)
    assert words <= set(found)
    assert all(found[word] for word in words)


def test_an_override_is_completed(editor: Client) -> None:
    variant = "spec: 1\nextends: inception_v3\nname: t\noverride:\n  Mixed_5b:"
    assert "delete" in editor.completions(f"{variant} {CURSOR}\n")
    assert {"set", "before", "after", "replace"} <= set(
        editor.completions(f"{variant}\n    {CURSOR}\n")
    )


def test_a_key_is_explained(editor: Client) -> None:
    said = editor.hover(f"{NETWORK}  - {{op: conv, ker{CURSOR}nel: 3x3, filters: 8}}\n")
    assert "Height x width of the window, such as 1x7" in said
    assert "||" not in said


@pytest.mark.parametrize(
    ("text", "line", "columns", "words"),
    [
        (f"{NETWORK}  - {{op: conv, kernel: 3x3, fliters: 8}}\n", 5, (28, 35), "fliters"),
        (f"{NETWORK}  - {{op: cnov, kernel: 3x3}}\n", 5, (9, 13), '"conv"'),
        (f"{NETWORK}  - {{op: conv, kernel: 3x3, padding: smae}}\n", 5, (37, 41), '"same"'),
        (f"{SPEC_LINES}netwrok: []\n", 4, (0, 7), "netwrok"),
    ],
)
def test_what_is_wrong_is_underlined(
    editor: Client, text: str, line: int, columns: tuple[int, int], words: str
) -> None:
    found = [one for one in editor.diagnostics(text) if words in one["message"]]
    assert len(found) == 1, found
    start, end = found[0]["range"]["start"], found[0]["range"]["end"]
    assert (start["line"], start["character"]) == (line, columns[0])
    assert (end["line"], end["character"]) == (line, columns[1])


@pytest.mark.parametrize(
    "name", ["specs/inception_v3", "specs/inception_v1_paper", "docs/examples/lean"]
)
def test_a_sound_spec_is_not_underlined(editor: Client, name: str) -> None:
    text = (ROOT / f"{name}.yaml").read_text(encoding="utf-8")
    lines = [line for line in text.split("\n") if not line.startswith("# yaml-language-server:")]
    assert editor.diagnostics("\n".join(lines)) == []
