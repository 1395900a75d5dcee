"""A signal ends a command cleanly: no traceback, the shell's exit code, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import with_signals
from support import ROOT

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
#: A command that has written half a file when it waits.
SAVING = """
import sys, time
from inceptionspec.cli import program
from inceptionspec.cli.main import main
from inceptionspec.diagnostics.source import external
from inceptionspec.utils.atomic_write import atomic_write

def run(arguments):
    with atomic_write("model.keras", external("-o model.keras")) as unfinished:
        try:
            unfinished.write_bytes(bytes(1 << 20))
            print("half", flush=True)
            time.sleep(60)
        except:
            if "swallow" not in sys.argv:
                raise
    return 0

program.run = run
main([])
"""
#: The entry point, with a wait in the midst of its imports.
IMPORTING = """
import sys, time

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            print("importing", flush=True)
            time.sleep(60)

sys.meta_path.insert(0, Slow())
from inceptionspec.cli.main import main
main(["list"])
"""

#: A command of the usual kind. Signals are settled before it says that it is ready: one that
#: comes before that meets Python's own start, whatever the command does.
SUMMARIZING = """
from inceptionspec.cli import main

main._end_at_once()
print("ready", flush=True)
main.main(["summary", "inception_resnet_v2", "--format", "json"])
"""


def start(script: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=with_signals,
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


@pytest.mark.parametrize(("number", "code"), SIGNALS, ids=lambda v: str(v))
@pytest.mark.parametrize("arguments", [(), ("swallow",)])
def test_while_a_file_is_saved(
    tmp_path: Path, number: signal.Signals, code: int, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "model.keras").write_text("old")
    process = start(SAVING, tmp_path, *arguments)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    assert process.returncode == code
    assert os.listdir(tmp_path) == ["model.keras"]
    assert (tmp_path / "model.keras").read_text() == "old"


def test_several_at_once_as_from_a_closed_terminal(tmp_path: Path) -> None:
    process = start(SAVING, tmp_path)
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    assert process.returncode in (129, 130, 143)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("number", "code"), SIGNALS, ids=lambda v: str(v))
def test_while_modules_are_imported(tmp_path: Path, number: signal.Signals, code: int) -> None:
    process = start(IMPORTING, tmp_path)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (code, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whenever_it_comes_after_the_start(tmp_path: Path, number: signal.Signals) -> None:
    for wait in range(0, 300, 12):
        process = start(SUMMARIZING, tmp_path)
        time.sleep(wait / 1000)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert err in ("", "\ninterrupted\n")
        if not out.endswith("}\n"):
            assert process.returncode == 128 + number
        else:  # all was said: Python gives signals back to the system while it ends
            assert process.returncode in (0, 128 + number, -number)


def test_no_module_needs_another_to_be_compiled() -> None:
    """Python imports `unicodedata` for names of characters: a signal there is a SyntaxError."""
    named = [path for path in (ROOT / "inceptionspec").rglob("*.py") if "\\N{" in path.read_text()]
    assert named == []
