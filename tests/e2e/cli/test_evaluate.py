"""`specbuild evaluate` through the installed program, on data whose right answers are known.

The network predicts the brightest of three channels: its logits are ten times their means.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from commands import SPECBUILD, run
from PIL import Image

import inceptionspec
from inceptionspec.weights.writers import write_safetensors

SPEC = (
    "spec: 1\nname: Brightest\ninput:\n  size: 8x8\n  channels: 3\n  range: [0, 1]\n"
    "  preprocessing: {scale: 1/255}\nnetwork:\n  - {op: global_avg_pool, name: Mean}\n"
    "heads: {Logits: {from: Mean, predictions: softmax, layers: "
    "[{op: dense, name: Colors, units: 3}]}}\n"
)
COLORS = ("blue", "green", "red")
#: The channel of each color, which is the class that the network has it as.
CHANNELS = {"red": 0, "green": 1, "blue": 2}
#: What is wrong with some pictures: a red one lies in the folder of green ones.
PICTURES = 6


def write_weights(file: Path, scale: float, spec: Path) -> None:
    """Weights of logits that are so many times the means."""
    graph = inceptionspec.load(str(spec)).graph
    (path,) = (node.path for node in graph.nodes if node.weights)
    arrays = {
        (path, "kernel"): scale * np.eye(3, dtype=np.float32),
        (path, "bias"): np.zeros(3, np.float32),
    }
    write_safetensors(str(file), arrays, {})


def make_run(folder: Path, scale: float, place: Path) -> None:
    """The folder of a finished run, as `specbuild train` leaves it."""
    folder.mkdir(parents=True)
    shutil.copy(place / "brightest.yaml", folder / "spec.yaml")
    (folder / "labels.txt").write_text("red\ngreen\nblue\n")
    settings = {"data": str(place / "photos"), "validation": 0.1}
    manifest = {"run": 1, "network": "Brightest", "digests": {"data": ""}, "settings": settings}
    (folder / "run.json").write_text(json.dumps(manifest))
    write_weights(folder / "weights.safetensors", scale, place / "brightest.yaml")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spec, weights, pictures in folders and in a file, and two runs."""
    place = tmp_path_factory.mktemp("evaluate")
    (place / "brightest.yaml").write_text(SPEC)
    (place / "order.txt").write_text("red\ngreen\nblue\n")
    write_weights(place / "w.safetensors", 10, place / "brightest.yaml")
    arrays = []
    for color in COLORS:
        (place / "photos" / color).mkdir(parents=True)
        for number in range(PICTURES):
            shown = "red" if (color, number) == ("green", 0) else color
            pixels = np.full((12, 10, 3), 20, np.uint8)
            pixels[..., CHANNELS[shown]] = 120 + 10 * number
            Image.fromarray(pixels).save(place / "photos" / color / f"{number}.png")
            arrays.append((pixels, CHANNELS[color]))
    images, labels = zip(*arrays, strict=True)
    np.savez(place / "photos.npz", images=np.stack(images), labels=np.array(labels))
    shutil.copytree(place / "photos", place / "broken")
    (place / "broken" / "red" / "0.png").write_bytes(b"no picture")
    for name in ("ant", "bee"):
        (place / "others" / name).mkdir(parents=True)
        shutil.copy(place / "photos" / "red" / "0.png", place / "others" / name)
    make_run(place / "run" / "member-1", 10, place)
    make_run(place / "run" / "member-2", -1, place)
    return place


def evaluate(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("evaluate", *arguments, cwd=place)


def expected_loss(*scales: float) -> float:
    """The loss by hand: the mean of softmax over networks."""
    losses = []
    for color in COLORS:
        for number in range(PICTURES):
            shown = "red" if (color, number) == ("green", 0) else color
            means = np.full(3, 20 / 255)
            means[CHANNELS[shown]] = (120 + 10 * number) / 255
            each = [np.exp(scale * means) / np.exp(scale * means).sum() for scale in scales]
            losses.append(-np.log(np.mean(each, axis=0)[CHANNELS[color]]))
    return float(np.mean(losses))


def test_known_answers_from_a_file_of_arrays_and_as_text_and_matrix(place: Path) -> None:
    result = evaluate(
        place, "brightest.yaml", "--weights", "w.safetensors", "--data", "photos.npz",
        "--confusion", "c.csv", "--confusion", "c.svg",
    )  # fmt: skip
    assert result.returncode == 0
    assert result.stderr.endswith("pictures ...\nwrote c.csv\nwrote c.svg\n")
    lines = result.stdout.splitlines()
    assert lines[:2] == ["Brightest", "18 pictures of 3 classes, all of photos.npz"]
    assert max(map(len, lines)) <= 80
    assert f"top-1               {100 * 17 / 18:.2f} %" in result.stdout
    assert f"loss (nats)          {expected_loss(10):.4f}" in result.stdout
    matrix = list(csv.reader((place / "c.csv").read_text().splitlines()))
    assert [row[1:] for row in matrix[1:]] == [["6", "0", "0"], ["1", "5", "0"], ["0", "0", "6"]]
    assert (place / "c.svg").read_text().startswith("<?xml")


def test_members_of_a_run_are_averaged(place: Path) -> None:
    """The second says the contrary of the first, but is less sure of it."""
    result = evaluate(place, "run", "--format", "json", "-o", "run.json")
    assert (result.returncode, result.stdout) == (0, "")
    data = json.loads((place / "run.json").read_text())
    assert data["data"]["shown"] == f"all of {place / 'photos'}"
    assert [one["weights"] for one in data["networks"]] == [
        "run/member-1/weights.safetensors", "run/member-2/weights.safetensors"
    ]  # fmt: skip
    first, second = (one["figures"] for one in data["networks"])
    assert data["figures"]["loss"]["value"] == pytest.approx(expected_loss(10, -1), abs=1e-5)
    assert first["loss"]["value"] == pytest.approx(expected_loss(10), abs=1e-5)
    assert second["loss"]["value"] == pytest.approx(expected_loss(-1), abs=1e-5)
    assert second["top_1"]["value"] == 0 or second["top_1"]["value"] == pytest.approx(1 / 18)
    assert data["figures"]["top_1"]["value"] == pytest.approx(17 / 18)
    assert data["disagreement"]["any"] == data["disagreement"]["pairs"] == 1
    # The folders are in another order than the network's classes.
    assert [one["label"] for one in data["classes"]] == ["red", "green", "blue"]
    assert data["notes"] == ["classes were matched by name: the data has them in another order"]


@pytest.mark.parametrize("data", ["photos", "photos.npz"])
def test_a_network_in_integers_is_told_from_one_in_float32(place: Path, data: str) -> None:
    """Its figures say so: the rounded logits have another loss, not another order."""
    result = evaluate(
        place, "brightest.yaml", "--weights", "w.safetensors", "--data", data,
        "--labels", "order.txt", "--precision", "int8", "--calibrate", "photos",
    )  # fmt: skip
    assert result.returncode == 0
    (engine,) = re.findall(r"^computed by (\w+) in int8", result.stdout, re.M)
    assert f"top-1               {100 * 17 / 18:.2f} %" in result.stdout
    loss = float(re.search(r"loss \(nats\) +(\S+)", result.stdout)[1])  # type: ignore[index]
    assert loss == pytest.approx(expected_loss(10), abs=0.02)
    assert f"({engine}, int8 against float32)" in " ".join(result.stderr.split())


def test_classes_in_another_order_are_suspected(place: Path) -> None:
    """Without names, folders are taken for the network's classes in their order."""
    result = evaluate(place, "brightest.yaml", "--weights", "w.safetensors", "--data", "photos")
    assert "classes seem to be in another order" in result.stdout


def test_a_run_gives_its_weights_to_a_spec_and_a_bad_picture_is_named(place: Path) -> None:
    result = evaluate(
        place, "brightest.yaml", "--weights", "run/member-1", "--data", "broken", "--format", "csv"
    )
    assert result.returncode == 1
    assert "error[E0715]: `red/0.png` cannot be read" in result.stderr
    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert [(row["label"], row["pictures"], row["right"]) for row in rows] == [
        ("red", "5", "5"), ("green", "6", "5"), ("blue", "6", "6")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("brightest.yaml", "--data", "photos"), 2, "`brightest.yaml` needs a file of weights"),
        (("brightest.yaml", "--weights", "w.safetensors"), 2, "`--data` is missing"),
        (("run", "--weights", "w.safetensors"), 2, "have their weights inside"),
        (("photos", "--data", "photos"), 2, "`photos` is not the folder of a run"),
        (("run", "--data", "nowhere"), 1, "error[E0911]"),
        (("run", "--data", "others"), 1, "E0916]: the data has classes that `Brightest` does not"),
        (("run", "--labels", "brightest.yaml"), 1, "error[E0716]"),
        (("run", "--confusion", "c.txt"), 2, "cannot end in `.txt`"),
        (("run", "-o", "run/member-2/weights.safetensors"), 2, "would be lost"),
        (("run", "inception_v3", "--weights", "w", "--data", "photos"), 2, "the same classes"),
        (("brightest.yaml", "--weights", "w.safetensors", "--data", "photos",
          "-o", "brightest.yaml"), 2, "would be lost"),
    ],
)  # fmt: skip
def test_wrong_usage_is_a_finding(
    place: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    result = evaluate(place, *arguments)
    assert words in result.stderr
    assert (result.returncode, result.stdout) == (code, "")
    assert "Traceback" not in result.stderr


def test_help_needs_no_framework(place: Path) -> None:
    """Nor does it read NumPy: no module of theirs is imported."""
    code = (
        "import sys\nfrom inceptionspec.cli.program import run\n"
        "run(['evaluate', '--help'])\n"
        "print({'numpy', 'tensorflow', 'matplotlib'} & set(sys.modules), file=sys.stderr)\n"
    )
    python = Path(SPECBUILD).with_name("python")
    result = subprocess.run([python, "-c", code], capture_output=True, text=True, cwd=place)
    assert result.stderr.strip() == "set()"
    assert "specbuild evaluate run1" in result.stdout
