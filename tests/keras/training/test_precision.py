"""Runs in half precision and compiled by XLA: kept in the run's folder, and resumed."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from training_runs import digest, small_run, write_data

from inceptionspec.training.journal import Journal
from inceptionspec.training.loop import Moment
from inceptionspec.training.run import open_run
from inceptionspec.training.train import train

RECIPE = """
recipe: 1
name: Four steps
batch: 8
epochs: 1
optimizer: {kind: sgd, momentum: 0.9}
schedule: {kind: constant, rate: 0.1}
"""


def stop(moment: Moment) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("settings", [{"precision": "bfloat16"}, {"jit": True}])
def test_a_run_keeps_how_it_computes(tmp_path: Path, settings: dict[str, Any]) -> None:
    run = small_run(write_data(tmp_path / "data.npz"), tmp_path / "run", RECIPE, **settings)
    with pytest.raises(KeyboardInterrupt):
        train(run, watch=stop)
    ((name, value),) = settings.items()
    assert json.loads((run.folder / "run.json").read_text())["settings"][name] == value
    opened = open_run(str(run.folder))
    assert getattr(opened.settings, name) == value
    assert opened.recipe.precision == settings.get("precision", "float32")
    assert train(opened).steps == 4
    found = Journal(run.folder, run.place).of("train")
    assert [one["step"] for one in found] == [1, 2, 3, 4]
    assert all(math.isfinite(one["loss"]) for one in found)


def test_the_scale_of_a_loss_is_resumed(tmp_path: Path) -> None:
    """The same bytes, of which the scale and its count of steps are some."""
    data = write_data(tmp_path / "data.npz")
    whole, run = (
        small_run(data, tmp_path / name, RECIPE, precision="float16") for name in ("whole", "run")
    )
    train(whole)
    with pytest.raises(KeyboardInterrupt):
        train(run, watch=stop)
    train(open_run(str(run.folder)))
    assert digest(run.folder) == digest(whole.folder)
    found = Journal(run.folder, run.place).of("train")
    assert all(math.isfinite(one["loss"]) for one in found)
    assert any(one["gradient_norm"] for one in found)
