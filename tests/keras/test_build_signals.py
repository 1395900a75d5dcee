"""A signal while Keras saves a model leaves nothing behind, and the model that was there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commands import with_signals
from support import spec

#: `specbuild build`, which waits while Keras writes the weights.
WRITING = """
import time
import h5py
from inceptionspec.cli.main import main

def create_dataset(*arguments, **options):
    print("saving", flush=True)
    time.sleep(120)

h5py.Group.create_dataset = create_dataset
main(["build", "small.yaml", "-o", "model.keras"])
"""
#: The same where Keras catches every exception, and goes on.
OPENING = """
import time
import h5py
from inceptionspec.cli.main import main

class Waiting(h5py.File):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        print("saving", flush=True)
        time.sleep(3)

h5py.File = Waiting
main(["build", "small.yaml", "-o", "model.keras"])
"""


@pytest.mark.parametrize(
    ("script", "number", "code"),
    [
        (WRITING, signal.SIGTERM, 143),
        (WRITING, signal.SIGHUP, 129),
        (OPENING, signal.SIGINT, 130),
        (OPENING, signal.SIGTERM, 143),
    ],
    ids=["writing-15", "writing-1", "opening-2", "opening-15"],
)
def test_a_signal_while_a_model_is_saved(
    tmp_path: Path, script: str, number: signal.Signals, code: int
) -> None:
    (tmp_path / "small.yaml").write_text(spec("- {op: conv, name: c, kernel: 3, filters: 4}"))
    (tmp_path / "model.keras").write_text("old")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=with_signals,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "saving\n"
    assert any(".specbuild-" in name for name in os.listdir(tmp_path))
    process.send_signal(number)
    _, err = process.communicate(timeout=120)
    assert "Traceback" not in err
    assert process.returncode == code, err
    assert sorted(os.listdir(tmp_path)) == ["model.keras", "small.yaml", "tmp"]
    assert os.listdir(temporary) == []
    assert (tmp_path / "model.keras").read_text() == "old"
