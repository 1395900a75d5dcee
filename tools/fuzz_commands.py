"""Random command lines: each ends with a documented exit code, untraced, and half-writes nothing.

`tools/fuzz.py --kind commands` runs them in this process, in a folder of its own, with streams
of random encodings, some of which cannot be written or read. Only what would take long is
replaced: workers of benchmarks end at once, TensorFlow saves a small file, diagrams are drawn by
the real engine only now and then, and the server of `watch` ends as soon as it has started.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import random
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
from fuzz import changed_text

from inceptionspec.cli import terminal
from inceptionspec.cli.program import COMMANDS, run, specbuild
from inceptionspec.diagnostics.source import external
from inceptionspec.drawing.diagram import engine
from inceptionspec.frontend.formatting.canonical import formatted
from inceptionspec.frontend.reading.yaml_reader import decode
from inceptionspec.utils.atomic_write import write_file

EXITS = (0, 1, 2, 3)
"""The codes that a command may end with here: it is never interrupted, and 70 is a bug."""
ACTIVE = {*map(chr, (*range(9), *range(14, 32), *range(127, 160))), *"\u202a\u202e\u2066\u2028"}
"""Characters that a terminal would act on."""
WEIGHTS = {"render": 2, "check": 3, "summary": 3, "bench": 3, "format": 2, "new": 2, "show": 2}
ENCODINGS = ("utf-8", "utf-8", "utf-8", "latin-1", "cp1252", "ascii", "utf-16", "cp437")
STREAMS = ("memory",) * 12 + ("full", "closed", "gone")

SMALL = """spec: 1
name: Small
input: {size: 16x16, channels: 3}
args: {classes: 5}
network:
  - {op: conv, name: Stem, kernel: 3, filters: 4}
  - name: Mixed
    branches:
      - [{op: conv, name: A, kernel: 1, filters: 4}]
      - [{op: max_pool, name: P, kernel: 3, stride: 1}]
heads:
  Logits:
    from: Mixed
    predictions: softmax
    layers: [{op: global_avg_pool}, {op: dense, units: $classes}]
"""
FILES: Mapping[str, bytes] = {
    "small.yaml": SMALL.encode(),
    "untidy.yaml": b"name: t # said\nspec: 1\nnetwork: [{op: flatten}]\ninput: {size: '8x8'}\n",
    "variant.yaml": b"spec: 1\nname: v\nextends: small.yaml\n"
    b"override: {Stem: {set: {filters: 8}}}\n",
    "open.yaml": SMALL.replace("16x16", "any").encode(),
    "bad.yaml": b"spec: 1\nname: b\ninput: {size: 9x9}\n"
    b"network: [{op: cnov}, {op: conv, kernal: 3}]\n",
    "not.yaml": b"spec: [1\n",
    "binary.yaml": b"\x89PNG\xff\xfe\x00",
    "empty.yaml": b"",
    "na\u00efve \u202e\x1b.yaml": SMALL.encode(),
    "b\udcff.yaml": SMALL.encode(),
    "values.json": b'{"schema": "inceptionspec.values/1"}',
    "runs.jsonl": b"",
    "old.svg": b"<svg/>",
    "old.keras": b"old",
    "net.html": SMALL.encode(),
    "sub/base.yaml": SMALL.encode(),
}
# fmt: off
LINKS = {
    "link.yaml": "small.yaml", "loop.yaml": "loop.yaml", "to.svg": "old.svg",
    "dangling.svg": "made.svg", "null.svg": "device", "up.yaml": "sub/base.yaml",
}
HARD = {
    "hard.yaml": "untidy.yaml",
}
SPECS = (
    *(name for name in FILES if name.endswith(("yaml", "html"))), *LINKS, *HARD, "vgg16",
    "inception_v1", "mobilenet_v1", "inception_v33", "-", "small", "sub", "pipe.yaml",
)
OUTPUTS = (
    *(name for name in FILES if name.endswith(("yaml", "html"))),
    "a.svg", "a.dot", "a.html", "a.png", "a.pdf", "a.yaml", "a.keras", "a.json", "a.csv",
    "a.jsonl", "old.svg", "old.keras", "to.svg", "dangling.svg", "null.svg", "small.yaml",
    "net.html", "hard.yaml", "link.yaml", "sub", "sub/a.dot", "none/a.dot", "pipe.yaml",
    "socket.svg", "a.svg/", "x" * 300 + ".svg", "c\udcff.dot", "\x1b\u202e.dot", "runs.jsonl",
    "device", "untidy.yaml", "variant.yaml", "values.json",
)
NUMBERS = (
    "0", "1", "-1", "2", "0.5", "1e-320", "1e400", "nan", "inf", "-inf", "-0.0", "9" * 400,
    "9" * 5000, "-" + "9" * 400, "1_000", "\u0665", "0x10", "1e3", " 1", "1 ", "+1", "65536",
    "1000000000001", "0" * 300 + "1", "1,2", "1,2,4", "1,,2", "auto", "5%", "%", "1e-9%", "all",
    "any",
)
WORDS = (
    "Stem", "Mixed", "Mixed/Branch_0", "Mixed/Branch_0/A", "Logits", "all", "Nope", "E0402",
    "E04", "W01", "classes=10", "classes=", "=1", "classes=1e400", "classes=" + "9" * 5000,
    "classes=[1", "classes=x", "nope=1", "layers=50000", "layers=1", "text=10", "depth=64",
    "depth=65", "224x224", "0x0", "8x8", "1x1", "any", "99999999999x1", "9" * 400 + "x1",
    "keras:VGG16", "keras:nope", "onnxruntime", "fold-batch-norm", "fold-batch-norm,nope", "time",
    "json", "text", "bash", "on", "off", ",", "a,b",
)
JUNK = (
    "", "-", "--", "-h", "--help", "--version", "\x1b[31mred", "x\x07", "\u202egnol", "b\udcff",
    "\U0001f600", "a" * 5000, "--" + "a" * 5000, "a\nb", "\r", "`$(x)`", "'", '"', "%s%n", "--=",
    "--nope", "--nope=1", "-o", "-x", "=", "@x", "::error::x",
)
# fmt: on


class Case(NamedTuple):
    """A command line, and the streams that it runs with."""

    arguments: tuple[str, ...]
    encoding: str
    stdin: bytes | None
    stdout: str
    stderr: str
    draws: bool


class Commands:
    """Random command lines."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="fuzz-commands-"))
        os.chdir(self._home)
        os.environ["XDG_CACHE_HOME"] = str(self._home / "cache")
        self._full = os.open("/dev/full", os.O_WRONLY)
        self._closed = os.open("/dev/null", os.O_RDONLY)
        reader, self._gone = os.pipe()
        os.close(reader)
        self._commands: dict[str, click.Command] = {}
        self._start()
        self._pristine = self._state()

    def make(self, chance: random.Random) -> Case:
        """One command line."""
        names = list(COMMANDS)
        name = chance.choices(names, [WEIGHTS.get(one, 1) for one in names])[0]
        words = self._words(name, chance)
        if chance.random() < 0.15:
            words = _disturbed(words, chance)
        stdin = chance.choice((SMALL.encode(), SMALL.encode(), b"", b"\xff", *FILES.values(), None))
        streams = chance.choice(STREAMS), chance.choice(STREAMS)
        words = [word for word in words if _is_harmless(word)]
        return Case(
            tuple(words), chance.choice(ENCODINGS), stdin, *streams, draws=chance.random() < 0.02
        )

    def run(self, case: Case) -> str:
        """The exit code, after a check of everything that must hold."""
        stdout = self._stream(case.stdout, terminal._Output, case.encoding)
        stderr = self._stream(case.stderr, terminal._Lossy, case.encoding)
        kept = sys.stdin, sys.stdout, sys.stderr
        sys.stdin, sys.stdout, sys.stderr = self._stdin(case), stdout, stderr
        try:
            with _replaced(case):
                code = run(list(case.arguments))
            with contextlib.suppress(Exception):
                stdout.flush()
        finally:
            sys.stdin, sys.stdout, sys.stderr = kept
        try:
            _check_said(case, code, _said(stdout, case), _said(stderr, case))
            self._check_files(case, code)
        finally:
            self._restore()
        return f"exit {code}"

    def text(self, case: Case) -> tuple[bytes, str]:
        """The case as JSON."""
        stdin = None if case.stdin is None else case.stdin.decode("latin-1")
        data = {**case._asdict(), "stdin": stdin}
        return json.dumps(data, indent=1).encode() + b"\n", ".json"

    # Words

    def _words(self, name: str, chance: random.Random) -> list[str]:
        command = self._commands.get(name) or specbuild.get_command(click.Context(specbuild), name)
        assert command is not None
        self._commands[name] = command
        arguments: list[str] = []
        options: list[list[str]] = []
        for one in command.params:
            if isinstance(one, click.Argument):
                count = chance.choice((1, 1, 1, 2, 3)) if one.nargs == -1 else 1
                arguments += [_value(one, chance) for _ in range(count)]
        able = [one for one in command.params if isinstance(one, click.Option)]
        chosen = chance.choices(able, k=chance.choice((0, 0, 1, 1, 2, 3, 6))) if able else []
        chosen += [one for one in able if one.required]
        for one in dict.fromkeys(chosen) if chance.random() < 0.9 else chosen:
            option = chance.choice(one.opts)
            if one.is_flag:
                options.append([option])
            elif chance.random() < 0.2 and option.startswith("--"):
                options.append([f"{option}={_value(one, chance)}"])
            else:
                options.append([option, _value(one, chance)])
        parts = [[word] for word in arguments] + options
        if chance.random() < 0.3:
            chance.shuffle(parts)
        return [name, *(word for part in parts for word in part)]

    # Streams

    def _stream(self, kind: str, raw_kind: type[io.FileIO], encoding: str) -> io.TextIOWrapper:
        raw: Any = io.BytesIO()
        if kind != "memory":
            number = {"full": self._full, "closed": self._closed, "gone": self._gone}[kind]
            raw = io.BufferedWriter(raw_kind(number, "w", closefd=False))
        return io.TextIOWrapper(raw, encoding, errors="backslashreplace", newline="")

    def _stdin(self, case: Case) -> io.TextIOWrapper:
        if case.stdin is None:
            return open(self._gone, closefd=False)
        return io.TextIOWrapper(io.BytesIO(case.stdin))

    # Files

    def _start(self) -> None:
        """Make the folder what every command finds."""
        for path in self._home.iterdir():
            (shutil.rmtree if path.is_dir() and not path.is_symlink() else os.unlink)(path)
        (self._home / "sub").mkdir()
        for name, data in FILES.items():
            (self._home / name).write_bytes(data)
        for name, target in LINKS.items():
            (self._home / name).symlink_to(target)
        for name, other in HARD.items():
            os.link(self._home / other, self._home / name)
        os.mkfifo(self._home / "pipe.yaml")
        # Never the one of /dev: a fault of the tool would replace it for the whole machine.
        try:
            os.mknod(self._home / "device", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        except PermissionError:  # only root makes devices
            os.mkfifo(self._home / "device")
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as server:
            server.bind("socket.svg")

    def _restore(self) -> None:
        if self._state() != self._pristine:
            self._start()
            self._pristine = self._state()

    def _state(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, tuple[int, ...]] = {}
        for folder, _, names in os.walk(self._home):
            if folder.endswith("/inceptionspec"):  # what `--tune` remembers
                continue
            for name in names:
                seen = os.lstat(os.path.join(folder, name))
                found[os.path.relpath(os.path.join(folder, name), self._home)] = (
                    seen.st_mode, seen.st_size, seen.st_ino, seen.st_mtime_ns, seen.st_nlink,
                )  # fmt: skip
        return found

    def _file_of(self, word: str) -> int:
        """The number of the file that a word names, as it was before; -1 for none."""
        value = os.path.normpath(word.partition("=")[2] if word.startswith("--") else word)
        value = LINKS.get(value, value)
        return self._pristine.get(value, (0, 0, -1))[2]

    def _check_files(self, case: Case, code: int) -> None:
        now = self._state()
        left = [name for name in now if ".specbuild-" in name]
        assert not left, f"left behind: {left}"
        changed = {
            name for name in {*now, *self._pristine} if now.get(name) != self._pristine.get(name)
        }
        for name in changed:
            kind = now.get(name, (0,))[0]
            assert stat.S_ISREG(kind), f"replaced what is no file: {name}"
            if name in self._pristine and name != "hard.yaml":
                assert stat.S_ISREG(self._pristine[name][0]), f"replaced what is no file: {name}"
            named = [self._file_of(word) for word in case.arguments]
            its = self._pristine.get(name, (0, 0, 0))[2]
            assert "format" in case.arguments or named.count(its) < 2, f"lost its input: {name}"
            if "format" in case.arguments[:1]:
                text = (self._home / name).read_bytes()
                assert formatted(decode(text, name)).encode() == text, f"half formatted: {name}"
        printed = case.stdout == "memory"  # else the code tells of standard output
        if code and printed and case.arguments[:1] not in (("format",), ("bench",)):
            assert not changed, f"wrote {changed} and ended with {code}"


def _value(parameter: click.Parameter, chance: random.Random) -> str:
    """A value for an argument or an option, mostly one that makes sense."""
    if chance.random() < 0.12:
        return chance.choice((*JUNK, *NUMBERS, *WORDS, *SPECS))
    choices = getattr(parameter.type, "choices", ())
    if choices:
        return str(chance.choice(list(choices)))
    name = parameter.name or ""
    if name in ("spec", "specs", "old", "new", "base", "other", "compare"):
        return chance.choice(SPECS)
    if name in ("file", "output", "picture", "save"):
        return chance.choice(OUTPUTS)
    if name in ("files", "values", "against", "weights", "bench"):
        return chance.choice((*FILES, *LINKS, *HARD, "pipe.yaml", "device", "none"))
    if name in (
        "arguments",
        "size",
        "heads",
        "limits",
        "only",
        "path",
        "code",
        "passes",
        "outputs",
    ):
        return chance.choice(WORDS)
    return chance.choice(NUMBERS)


def _disturbed(words: Sequence[str], chance: random.Random) -> list[str]:
    """A command line with words cut, doubled, swapped, changed or put in."""
    made = list(words)
    for _ in range(chance.choice((1, 1, 2, 4))):
        place = chance.randrange(len(made) + 1)
        match chance.randrange(5):
            case 0:
                del made[place : place + 1]
            case 1:
                made[place:place] = made[place : place + chance.choice((1, 2))]
            case 2:
                chance.shuffle(made)
            case 3:
                made.insert(place, chance.choice(JUNK))
            case _ if made:
                place %= len(made)
                made[place] = changed_text(made[place], chance).replace("\0", "")[:5000]
    return made


def _is_harmless(word: str) -> bool:
    """Whether a word leads out of the folder nowhere."""
    value = word.partition("=")[2] if word.startswith("--") else word.removeprefix("-o")
    return not (".." in word or "~" in word or value.startswith("/"))


def _said(stream: io.TextIOWrapper, case: Case) -> str:
    """What was printed; an error here means that it was not in the encoding."""
    if not isinstance(stream.buffer, io.BytesIO):
        return ""
    return stream.buffer.getvalue().decode(case.encoding)


def _check_said(case: Case, code: int, out: str, err: str) -> None:
    assert code in EXITS, f"ended with {code}: {err[-300:]}"
    for text in (out, err):
        assert "Traceback" not in text, text[-300:]
        assert "has a bug" not in text, text[-300:]
    assert not ACTIVE & set(err), f"acts on a terminal: {ACTIVE & set(err)}"
    raw = {"show", "format"} & set(case.arguments)  # their text is the user's own
    assert raw or not ACTIVE & set(out), f"acts on a terminal: {ACTIVE & set(out)}"
    if code and case.stderr == case.stdout == "memory" and "--exit-code" not in case.arguments:
        assert out or err, f"ended with {code} and said nothing"


# What would take long


@contextlib.contextmanager
def _replaced(case: Case) -> Iterator[None]:
    name = case.arguments[0] if case.arguments else ""
    with contextlib.ExitStack() as stack:
        if name == "bench":
            stack.enter_context(_attribute(subprocess.Popen, "__init__", _dying))
        elif name == "build":
            fake = types.ModuleType("inceptionspec.backends.keras")
            vars(fake).update(build=_build, save=_save, assign=_nothing, built_nodes=_no_nodes)
            stack.enter_context(_module("inceptionspec.backends.keras", fake))
        elif name == "watch":
            serving = importlib.import_module("inceptionspec.watch.serve")
            stack.enter_context(_attribute(serving, "serve", _serve))
            stack.enter_context(_attribute(importlib.import_module("webbrowser"), "open", bool))
        elif name == "render" and not case.draws:
            stack.enter_context(_attribute(engine, "_run", _drawn))
        yield


def _nothing(*_: object) -> None:
    """Give a model no weights."""


def _no_nodes(*_: object) -> list[int]:
    """The layers that a model has which was not built."""
    return []


_popen = subprocess.Popen.__init__


def _dying(process: Any, line: Sequence[str], *rest: Any, **options: Any) -> None:
    """A worker of a benchmark ends at once; other programs run."""
    ours = any("inceptionspec" in str(word) for word in line)
    _popen(process, ["false"] if ours else line, *rest, **options)


def _build(*arguments: Any) -> Any:
    return types.SimpleNamespace(count_params=lambda: 1)


def _save(model: Any, file: str) -> None:
    write_file(file, b"model", external(f"-o {file}"))


def _serve(session: Any, listening: Any, *, started: Any, saved: Any) -> None:
    listening.close()
    started("http://127.0.0.1:1/")


def _drawn(*arguments: Any) -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg" width="1pt" height="1pt"></svg>'


@contextlib.contextmanager
def _attribute(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextlib.contextmanager
def _module(name: str, module: types.ModuleType) -> Iterator[None]:
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        yield
    finally:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before


KIND = Commands
