"""Runs as networks, and which of their data counts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.training.data.open import open_data
from inceptionspec.training.evaluation.finished import FinishedRun, finished_runs, stated_crops
from inceptionspec.training.evaluation.labeled_data import open_labeled_data

PLACE = external("evaluate")


def make_run(folder: Path, *, finished: bool = True, **more: int) -> None:
    folder.mkdir(parents=True)
    settings = {"data": "d", "validation": 0.2}
    manifest = {"run": 1, "digests": {"data": "ab"}, "settings": settings, **more}
    (folder / "run.json").write_text(json.dumps(manifest))
    (folder / "labels.txt").write_text("ant\nbee\n")
    if finished:
        (folder / "weights.safetensors").write_bytes(b"")


def test_a_run_tells_its_classes_and_its_data(tmp_path: Path) -> None:
    make_run(tmp_path / "run")
    (found,) = finished_runs(str(tmp_path / "run"), PLACE)
    assert (found.labels, found.data, found.validation) == (("ant", "bee"), "d", 0.2)
    assert found.weights == str(tmp_path / "run" / "weights.safetensors")


def test_members_come_in_their_order(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        make_run(tmp_path / f"member-{number}")
    (tmp_path / "member-x").mkdir()
    (tmp_path / "member-3").mkdir()  # has no run in it
    found = finished_runs(str(tmp_path), PLACE)
    assert [run.folder.name for run in found] == ["member-1", "member-2", "member-10"]


def test_crops_are_those_of_the_recipe_where_all_runs_agree(tmp_path: Path) -> None:
    make_run(tmp_path / "member-1")
    make_run(tmp_path / "member-2", crops=144)
    one, other = finished_runs(str(tmp_path), PLACE)
    assert (one.crops, other.crops) == (1, 144)
    assert stated_crops([other, other]) == 144
    assert stated_crops([one, other]) == stated_crops([]) == 1


def test_what_is_no_run_has_none(tmp_path: Path) -> None:
    assert finished_runs(str(tmp_path), PLACE) == []
    assert finished_runs("inception_v3", PLACE) == []
    assert finished_runs("bad\0name", PLACE) == []


def test_a_run_that_is_not_finished_says_how_to_go_on(tmp_path: Path) -> None:
    make_run(tmp_path / "run", finished=False)
    with pytest.raises(SpecError, match="not finished") as caught:
        finished_runs(str(tmp_path / "run"), PLACE)
    (one,) = caught.value.findings
    assert one.code == "E0917"
    assert "specbuild train --resume" in one.helps[0]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    draw = np.random.default_rng(0)
    images = draw.integers(0, 256, (40, 4, 4), dtype=np.uint8)
    np.savez(tmp_path / "all.npz", images=images, labels=np.arange(40) % 2)
    both = {"x_train": images, "y_train": np.arange(40) % 2}
    np.savez(tmp_path / "both.npz", **both, x_test=images[:6], y_test=np.arange(6) % 2)
    return tmp_path


def finished(digest: str, validation: float = 0.25) -> FinishedRun:
    return FinishedRun(Path("run"), ("0", "1"), "", digest, validation)


def test_of_its_own_data_only_what_a_run_held_out_counts(data: Path) -> None:
    file = str(data / "all.npz")
    trained = open_data(file, PLACE, share=0.25)
    assert trained.validation is not None
    found = open_labeled_data(file, [finished(trained.digest)], PLACE)
    names = [found.examples.name(index) for index in range(len(found.examples.labels))]
    held_out = trained.validation
    assert names == [held_out.name(index) for index in range(len(held_out.labels))]
    assert len(names) == 10
    assert found.what == f"what the run held out of {file}"


def test_all_of_other_data_counts(data: Path) -> None:
    file = str(data / "all.npz")
    for runs in ([], [finished("another")]):
        found = open_labeled_data(file, runs, PLACE)
        assert len(found.examples.labels) == 40
        assert found.what == f"all of {file}"


def test_the_part_that_validates_counts_where_there_is_one(data: Path) -> None:
    file = str(data / "both.npz")
    for runs in ([], [finished("another")]):
        found = open_labeled_data(file, runs, PLACE)
        assert len(found.examples.labels) == 6
        assert found.what == f"validation of {file}"
