"""`specbuild export` and `specbuild verify` in processes of their own, most without TensorFlow."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commands import with_signals
from exporting import TEXT
from support import ROOT

import inceptionspec
from inceptionspec.backends.keras_source import keras_module

#: Runs a command line where TensorFlow, Keras and PyTorch cannot be imported.
WITHOUT = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras", "torch"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
from inceptionspec.cli.main import main
sys.argv[0] = "specbuild"
sys.exit(main())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "t.yaml").write_text(TEXT, encoding="utf-8")
    return tmp_path


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "COLUMNS": "80", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WITHOUT, *arguments]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, env=env, timeout=600, check=False
    )


@pytest.mark.parametrize(
    ("suffix", "words"),
    [
        (".onnx", "from ai-edge-litert"),
        (".tflite", "from onnxruntime"),
        (".safetensors", "reads every number as it was"),
        (".ckpt", "not verified: its runtime is not installed"),
        (".py", "not verified: its runtime is not installed"),
    ],
)
def test_files_are_written_and_verified_without_tensorflow(
    folder: Path, suffix: str, words: str
) -> None:
    done = run("export", "t.yaml", "-o", f"t{suffix}", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert words in " ".join(done.stdout.split())
    assert max(map(len, done.stdout.splitlines())) <= 80
    checked = run("verify", f"t{suffix}", "--json", cwd=folder)
    assert checked.returncode == 0, checked.stderr
    found = json.loads(checked.stdout)
    assert found["ok"]
    assert {check["name"]: check["holds"] for check in found["checks"]}["outputs"] is True


def test_what_needs_tensorflow_says_so(folder: Path) -> None:
    before = sorted(folder.iterdir())
    done = run("export", "t.yaml", "-o", "t.keras", cwd=folder)
    assert (done.returncode, "E0704" in done.stderr) == (3, True), done.stderr
    assert sorted(folder.iterdir()) == before


def test_labels_weights_and_wrong_ones(folder: Path) -> None:
    (folder / "labels.txt").write_text("cat\ndog\nbird\n")
    (folder / "two.txt").write_text("cat\ndog\n")
    first = run("export", "t.yaml", "-o", "t.safetensors", "--labels", "labels.txt", cwd=folder)
    assert first.returncode == 0, first.stderr
    again = run(
        "export", "t.yaml", "-o", "t.onnx", "--weights", "t.safetensors", "--optimized",
        "--preprocessing", "inside", "--batch", "1", "--json", cwd=folder,
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    receipt = json.loads(again.stdout)["receipt"]
    assert receipt["weights"]["file"] == "t.safetensors"
    assert (receipt["optimized"], receipt["preprocessing_inside"], receipt["batch"]) == (
        True, True, 1,
    )  # fmt: skip
    checked = run("verify", "t.onnx", "--weights", "t.safetensors", cwd=folder)
    assert checked.returncode == 0, checked.stderr + checked.stdout
    before = sorted(folder.iterdir())
    for arguments, code, exit_code in (
        (("t.yaml", "-o", "u.onnx", "--labels", "two.txt"), "E0716", 1),
        (("inception_v1", "-o", "u.onnx", "--weights", "t.safetensors"), "E0701", 1),
        (("t.yaml", "-o", "u.onx"), "E0804", 2),
        (("t.yaml", "-o", "u.keras", "--optimized"), "E0718", 2),
        (("t.yaml", "-o", "t.safetensors", "--weights", "t.safetensors"), "E0803", 2),
        (("t.yaml", "-o", "u.onnx", "--fresh", "Logits"), "E0810", 2),
    ):
        done = run("export", *arguments, cwd=folder)
        assert (done.returncode, code in done.stderr) == (exit_code, True), done.stderr
        assert done.stdout == ""
    for arguments, code, exit_code in (
        (("labels.txt",), "E0804", 2),
        (("nowhere.onnx",), "E0802", 2),
        (("t.onnx", "--fresh", "Logits"), "E0810", 2),
    ):
        done = run("verify", *arguments, cwd=folder)
        assert (done.returncode, code in done.stderr) == (exit_code, True), done.stderr
    assert sorted(folder.iterdir()) == before


def test_a_signal_leaves_nothing(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WITHOUT, "export", "inception_v3", "-o", "v3.onnx"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=with_signals,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("comparing"):
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode == 130
    assert [path.name for path in folder.iterdir()] == ["t.yaml"]


def test_modules_are_laid_out_as_ruff_does(tmp_path: Path) -> None:
    for name in inceptionspec.builtin_specs():
        for width in (None, 0.3):
            text = keras_module(inceptionspec.load(name, width=width).loaded, "w.h5")
            (tmp_path / f"{name}_{width is None}.py").write_text(text, encoding="utf-8")
    for check in (["format", "--check", "--diff"], ["check", "--select", "E,F,I,N,B"]):
        ruff = [sys.executable, "-m", "ruff"]
        subprocess.run([*ruff, *check, "--isolated", str(tmp_path)], check=True)
