"""Run one command over the hostile corpus, and report what Python did meanwhile.

    python watched.py COMMAND FOLDER

An audit hook sees every import, every code object that is made or run, every file that is
opened and every process that is started. What the promises do not allow is printed as JSON.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BAD = ROOT / "tests" / "corpus" / "bad"
sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from hostile import write  # noqa: E402

from inceptionspec.cli import program  # noqa: E402
from inceptionspec.drawing.diagram.engine import PURE  # noqa: E402

#: Where the interpreter, the packages and the project's own files lie.
HOMES = tuple(
    str(Path(home).resolve()) + os.sep
    for home in (sys.prefix, sys.base_prefix, ROOT / "inceptionspec", ROOT / "specs")
)
MODULES = {"inceptionspec", *sys.stdlib_module_names, *importlib.metadata.packages_distributions()}
#: What no spec may lead to, whatever the arguments are.
FORBIDDEN = (
    "code.__new__", "ctypes.", "ftplib.", "http.client.", "imaplib.", "marshal.loads",
    "os.chmod", "os.chown", "os.exec", "os.fork", "os.kill", "os.link", "os.putenv", "os.spawn",
    "os.startfile", "os.symlink", "os.system", "os.truncate", "pickle.find_class", "pty.spawn",
    "smtplib.", "socket.", "sqlite3.", "telnetlib.", "urllib.Request", "webbrowser.open",
)  # fmt: skip
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

GOOD = ("inception_v3", "inception_v3_keras", "resnet50")


class Watch:
    """What is allowed while one file is read, and what happened that is not."""

    def __init__(self) -> None:
        self.on = False
        self.readable: Path | None = None
        self.writable: Path | None = None
        self.name = ""
        self.wrong: list[str] = []
        self.seen: dict[str, int] = {}

    def hook(self, event: str, arguments: tuple) -> None:
        """See one event; nothing in here may be seen itself."""
        if not self.on or event == "builtins.id":
            return
        self.on = False
        self.seen[event] = self.seen.get(event, 0) + 1
        problem = self.problem(event, arguments)
        if problem:
            self.wrong.append(f"{self.name}: {event}: {problem}")
        self.on = True

    def problem(self, event: str, arguments: tuple) -> str:
        """What is wrong with an event; empty if nothing is."""
        if event == "import":
            name = arguments[0].partition(".")[0]
            return "" if name in MODULES else name
        if event == "exec":
            return self._code(arguments[0].co_filename)
        if event == "compile":
            return self._code(os.fsdecode(arguments[1] or "<nothing>"))
        if event == "open":
            return self._open(*arguments)
        if event == "subprocess.Popen":
            return self._process(list(map(os.fsdecode, arguments[1])))
        if event in ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "shutil.rmtree"):
            paths = [one for one in arguments if isinstance(one, (str, os.PathLike))]
            return "" if all(map(self._is_output, paths)) else str(paths)
        return str(arguments)[:200] if event.startswith(FORBIDDEN) else ""

    def _code(self, file: str) -> str:
        inside = file.startswith(("<frozen ", *HOMES)) or str(Path(file).resolve()).startswith(
            HOMES
        )
        return "" if inside else file

    def _open(self, path: object, mode: object, flags: object) -> str:
        if isinstance(path, int):
            return ""  # a file that is open already: standard output, a pipe
        file = Path(os.fsdecode(path)).resolve()
        if isinstance(flags, int) and flags & WRITES:
            return "" if self._is_output(file) else f"written: {file}"
        inside = self.readable is not None and file.is_relative_to(self.readable)
        if inside or self._is_output(file) or str(file).startswith(HOMES):
            return ""
        return f"read: {file}"

    def _process(self, command: list[str]) -> str:
        program, *rest = command
        known = Path(program).name in (PURE, "dot") and rest == ["-Kdot", "-Tsvg"]
        return "" if known else str(command)

    def _is_output(self, path: object) -> bool:
        folder = Path(os.fsdecode(path)).resolve()
        return self.writable is not None and folder.is_relative_to(self.writable)


def main() -> None:
    """Warm up, watch, and see that the hook would have noticed."""
    command, folder = sys.argv[1], Path(sys.argv[2])
    corpus = write(folder / "corpus")
    output = folder / "output"
    output.mkdir()
    watch = Watch()
    sys.addaudithook(watch.hook)
    # Modules that are imported late make code of their own: named tuples, data classes.
    for path in [
        *GOOD,
        *(str(one) for one in (ROOT / "tests" / "corpus" / "bad").glob("E0[1-6]*.yaml")),
    ]:
        run(command, path, output)
    codes = {}
    for one in corpus:
        watch.name, watch.readable, watch.writable = one.name, one.path.parent, output
        watch.on = True
        codes[one.name] = run(command, str(one.path), output)
        watch.on = False
    seen, wrong = dict(watch.seen), list(watch.wrong)
    watch.wrong.clear()
    watch.on = True
    bait(folder)
    watch.on = False
    print(json.dumps({"codes": codes, "seen": seen, "wrong": wrong, "bait": watch.wrong}))


def run(command: str, path: str, output: Path) -> int:
    """One command line in this process; what it prints is thrown away."""
    more = ["-o", str(output / "a.svg")] if command == "render" else []
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return program.run([command, path, *more])


def bait(folder: Path) -> None:
    """What a spec must never do, done on purpose."""
    eval("1")
    (folder / "bait").write_text("x")
    Path("/etc/hostname").exists() and Path("/etc/hostname").read_text()
    os.system("true")


if __name__ == "__main__":
    main()
