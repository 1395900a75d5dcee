"""`specbuild predict` through the installed program."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from commands import SPECBUILD, run, with_signals
from PIL import Image
from support import REFERENCE

TINY = str(REFERENCE / "slim_v3_tiny" / "slim_v3_tiny.ckpt")
#: The V3 that the checkpoint is of, as a spec of its own.
SPEC = (
    "spec: 1\nextends: inception_v3\nname: Tiny\noverride:\n"
    "  args.classes: {set: 11}\n  input: {set: {size: 107x107}}\n"
)
WIDTH = ("--width", "0.125", "--min-filters", "8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spec, labels, and a folder of three pictures and a broken one."""
    place = tmp_path_factory.mktemp("predict")
    (place / "tiny.yaml").write_text(SPEC)
    (place / "labels.txt").write_text("\n".join(f"word {number}" for number in range(11)))
    (place / "pictures").mkdir()
    draw = np.random.default_rng(2)
    for number in range(3):
        coarse = draw.integers(0, 256, (6, 8, 3)).astype(np.uint8)
        picture = Image.fromarray(coarse).resize((160, 120), Image.Resampling.NEAREST)
        picture.save(place / "pictures" / f"p{number}.png")
    (place / "pictures" / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
    return place


def predict(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("predict", "tiny.yaml", *arguments, *WIDTH, cwd=folder)


def test_a_folder_with_labels_in_which_a_picture_is_broken(folder: Path) -> None:
    result = predict(folder, "pictures", "--weights", TINY, "--labels", "labels.txt", "--top", "3")
    assert result.returncode == 1
    assert "error[E0715]: `pictures/broken.jpg` cannot be read" in result.stderr
    assert "Traceback" not in result.stderr
    lines = result.stdout.splitlines()
    assert lines[::4] == [f"pictures/p{number}.png" for number in range(3)]
    shown = [line.split(maxsplit=1) for line in lines if line.startswith("  ")]
    assert len(shown) == 9
    assert all(label.startswith("word ") for _, label in shown)
    assert max(map(len, lines)) <= 80


def test_an_ensemble_in_a_file(folder: Path) -> None:
    """Of two networks and two files of weights, with ten crops."""
    (folder / "other.yaml").write_text(SPEC.replace("Tiny", "Other").replace("107x107", "139x139"))
    result = predict(
        folder, "pictures/p0.png", "--weights", TINY, "--weights", TINY,
        "--with", f"other.yaml={TINY}", "--crops", "10", "--format", "json", "-o", "out.json",
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (0, "")
    data = json.loads((folder / "out.json").read_text())
    assert [one["name"] for one in data["networks"]] == ["Tiny", "Tiny", "Other"]
    assert {one["weights"] for one in data["networks"]} == {TINY}
    assert data["crops"] == 10
    (one,) = data["pictures"]
    assert len(one["classes"]) == 5
    assert data["skipped"] == []


def test_in_integers(folder: Path) -> None:
    """Which deviate, and say by how much, on the pictures that calibrate them."""
    options = ("pictures", "--weights", TINY, "--format", "json", "--engine", "onnxruntime")
    exact = json.loads(predict(folder, *options).stdout)
    result = predict(folder, *options, "--precision", "int8", "--calibrate", "pictures")
    assert result.returncode == 1  # of the broken picture
    note = " ".join(result.stderr.split())
    assert "note: deviation: at most " in note
    assert "of 3 pictures of pictures (onnxruntime, int8 against float32)" in note
    assert "note: doubt" not in note
    found = json.loads(result.stdout)
    assert found["networks"][0]["precision"].startswith("int8 in ")
    assert exact["networks"][0]["precision"] == "float32"
    for one, other in zip(exact["pictures"], found["pictures"], strict=True):
        pairs = [(row["probability"] for row in picture["classes"]) for picture in (one, other)]
        apart = max(abs(a - b) for a, b in zip(*pairs, strict=True))
        assert 0 < apart < 0.1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("pictures/p0.png",), 2, "write `--weights FILE`"),
        ((), 2, "`PICTURE` is missing"),
        (("pictures/p0.png", "--weights", "nowhere.ckpt"), 1, "error[E0703]"),
        (("pictures/p0.png", "--weights", TINY, "--labels", "tiny.yaml"), 1, "error[E0716]"),
        (("pictures/p0.png", "--weights", TINY, "--labels", "nowhere.txt"), 2, "error[E0802]"),
        (("pictures/p0.png", "--weights", TINY, "--top", "0"), 2, "at least 1"),
        (("pictures/p0.png", "--weights", TINY, "--crops", "12"), 2, "`1`, `10` or `144`"),
        (("pictures/p0.png", "--weights", TINY, "--batch", "0"), 2, "at least 1"),
        (("pictures/p0.png", "--weights", TINY, "--with", "inception_v1"), 2, "names no weights"),
        (("pictures/p0.png", "--weights", TINY, "--with", "=x"), 2, "write `--with x=FILE`"),
        (("pictures/p0.png", "--weights", TINY, "--with", "x.onnx"), 2, "there is no file"),
        (("pictures/p0.png", "--weights", TINY, "-o", "nowhere/out.txt"), 2, "no folder"),
        (("pictures/p0.png", "--weights", TINY, "-o", "pictures/p0.png"), 2, "would be lost"),
        (("pictures/p0.png", "--weights", TINY, "-o", "tiny.yaml"), 2, "would be lost"),
        (("nowhere.jpg", "--weights", TINY, "--set", "classes=10"), 1, "error[E0702]"),
    ],
)
def test_wrong_usage_is_a_finding(
    folder: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    result = predict(folder, *arguments)
    assert words in result.stderr
    assert (result.returncode, result.stdout) == (code, "")
    assert "Traceback" not in result.stderr


def test_a_spec_without_preprocessing_is_refused_before_anything_is_loaded(folder: Path) -> None:
    (folder / "silent.yaml").write_text(
        "spec: 1\nname: Silent\ninput: {size: 8x8, range: [0, 1]}\nnetwork:\n"
        "  - {op: conv, name: c, kernel: 1, filters: 2}\n"
        "heads: {Logits: {from: c, layers: [{op: global_avg_pool}]}}\n"
    )
    result = run("predict", "silent.yaml", "a.jpg", "--weights", "nowhere", cwd=folder)
    assert result.returncode == 1
    assert "error[E0719]: `Silent` does not say how a picture becomes its input" in result.stderr
    assert "preprocessing: {scale: 1/255, mean: 0}" in result.stderr


def test_ctrl_c_ends_it_without_a_word_too_many(folder: Path) -> None:
    process = subprocess.Popen(
        [SPECBUILD, "predict", "tiny.yaml", *["pictures/p0.png"] * 2000, "--weights", TINY,
         *WIDTH, "--crops", "144"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=with_signals,
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.readline() == "pictures ...\n"
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.strip() == "interrupted"
