"""A spec that is watched by the installed command."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

from commands import SPECBUILD, with_signals

SMALL = """\
spec: 1
name: Small
input: {size: 16x16, channels: 3}
network:
  - {op: conv, name: first, kernel: 3, filters: 8}
  - name: Mixed
    branches:
      left: [{op: conv, name: a, kernel: 1, filters: 4}]
      right: [{op: conv, name: b, kernel: 3, filters: 4}]
  - {op: conv, name: last, kernel: 1, filters: 8}
"""
SECONDS = 60
"""How long a test waits for what must happen; a busy machine may need some of it."""


class Watching:
    """One run of `specbuild watch`, its address and its output."""

    def __init__(self, folder: Path, *arguments: str, **env: str) -> None:
        self.folder = folder
        self.file = folder / "spec.yaml"
        self.lines: list[str] = []
        self._connections: list[http.client.HTTPConnection | http.client.HTTPResponse] = []
        self.process = subprocess.Popen(
            [SPECBUILD, "watch", *(arguments or ("spec.yaml", "--port", "0"))],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **env},
            # What runs in the background has it ignored, and hands that down.
            preexec_fn=with_signals,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.address = re.search(r"http://\S+", self.said("is shown at"))[0]
        except AssertionError:
            self.__exit__()
            raise
        self.port = int(self.address.rsplit(":", 1)[1].strip("/"))

    def _read(self) -> None:
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def said(self, words: str, after: int = 0) -> str:
        """The first line of output that holds some words."""
        for _ in range(SECONDS * 50):
            for line in self.lines[after:]:
                if words in line:
                    return line
            time.sleep(0.02)
        raise AssertionError(f"`{words}` is not in:\n{''.join(self.lines)}")

    def save(self, text: str) -> None:
        self.file.write_text(text)

    def ask(self, path: str = "/", method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        """The answer to one request, with headers named with `_` for `-`."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        self._connections.append(connection)
        connection.putrequest(method, path, skip_host=True)
        for name, value in {"Host": f"127.0.0.1:{self.port}", **given}.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        self._connections.append(answer)
        return answer

    def end(self) -> tuple[int, str]:
        """Interrupt it as Ctrl-C does: how it ended, and all that it said."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        return code, "".join(self.lines)

    def __enter__(self) -> Watching:
        return self

    def __exit__(self, *error: object) -> None:
        for connection in self._connections:
            connection.close()
        self.process.kill()
        self.process.wait()
        self._reader.join(SECONDS)
        self.process.stdout.close()


class Events:
    """A stream of events, read one payload at a time."""

    def __init__(self, watching: Watching, seen: str = "") -> None:
        self._answer = watching.ask(f"/events?seen={seen}")
        assert self._answer.status == 200
        self.version = ""

    def next(self) -> dict:
        while line := self._answer.readline():
            if line.startswith(b"id: "):
                self.version = line[4:].decode().strip()
            if line.startswith(b"data: "):
                return json.loads(line[6:])
        raise AssertionError("the stream has ended")

    def drawn(self) -> dict:
        """The next payload with a picture: on a busy machine findings may come before it."""
        while "layers" not in (payload := self.next()):
            pass
        return payload

    def rest(self) -> bytes:
        return self._answer.read()
