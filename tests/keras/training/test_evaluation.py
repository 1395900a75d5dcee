"""A run's network is evaluated as the run validated it, on what the run held out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import inceptionspec
from inceptionspec.diagnostics.source import Source
from inceptionspec.training.run import Settings, new_run
from inceptionspec.training.train import train

SPEC = (
    "spec: 1\nname: Small\ninput: {size: 8x8, channels: 1, range: [0, 1],\n"
    "  preprocessing: {crop: 0.9, scale: 1/255}}\nnetwork:\n"
    "  - {op: conv, name: c, kernel: 3, filters: 4}\n"
    "heads: {Logits: {from: c, layers: [{op: global_avg_pool}, {op: dense, units: 3}]}}\n"
)
RECIPE = "recipe: 1\nextends: quick\nname: short\nepochs: 1\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise of three brightnesses."""
    file = tmp_path_factory.mktemp("data") / "noise.npz"
    labels = np.arange(120) % 3
    noise = np.random.default_rng(0).integers(0, 80, (120, 9, 9))
    np.savez(file, images=(noise + 60 * labels[:, None, None]).astype(np.uint8), labels=labels)
    return file


def test_evaluate_finds_what_validation_found(data: Path, tmp_path: Path) -> None:
    loaded = inceptionspec.loads(SPEC).loaded
    found = []
    for member in range(2):
        settings = Settings(str(data), 32, validation=0.25, member=member)
        folder = str(tmp_path / "run" / f"member-{member + 1}")
        run = new_run(loaded, Source("short.yaml", RECIPE), settings, folder)
        found.append(train(run).validation)
    result = inceptionspec.evaluate(tmp_path / "run")
    assert result.pictures == 30
    assert result.data == f"what the run held out of {data}"
    for one, validation in zip(result.members, found, strict=True):
        assert one.figures.top_1.value == pytest.approx(validation["top_1"])
        assert one.figures.top_5.value == pytest.approx(validation["top_5"])
        assert one.figures.loss.value == pytest.approx(validation["loss"], rel=1e-4)
    assert found[0] != found[1]
