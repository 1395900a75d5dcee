"""A run that ended early goes on as if nothing had happened, to the same bytes."""

from __future__ import annotations

import errno
import json
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_runs import NETWORK, RECIPE, WILD, digest, small_run, write_data

import inceptionspec
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.training.forecast import Forecast
from inceptionspec.training.loop import Moment, Saving
from inceptionspec.training.run import next_member, open_run
from inceptionspec.training.train import train
from inceptionspec.utils import interrupts

EVERY_STEP = Saving(steps=1, kept=99)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 12 steps that nothing disturbed, with a checkpoint of each."""
    folder = tmp_path_factory.mktemp("whole")
    train(small_run(write_data(folder / "data.npz"), folder / "run"), saving=EVERY_STEP)
    return folder / "run"


@pytest.fixture
def signals() -> Iterator[None]:
    """The handlers of the command."""
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(name) for name in names]
    interrupts.end_cleanly()
    yield
    for name, handler in zip(names, before, strict=True):
        signal.signal(name, handler)


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]


def test_a_run_holds_all_that_it_depends_on(whole: Path) -> None:
    manifest = json.loads((whole / "run.json").read_text())
    assert set(manifest["digests"]) == {"network", "document", "recipe", "data"}
    assert manifest["examples"] == {"train": 32, "validation": 8}
    assert {"tensorflow", "keras", "inceptionspec"} <= set(manifest["versions"])
    kinds = [record["kind"] for record in records(whole)]
    assert (kinds.count("train"), kinds.count("validation")) == (12, 3)
    assert {"spec.yaml", "recipe.yaml", "labels.txt", "journal.csv", "curves.svg", "events"} <= {
        entry.name for entry in whole.iterdir()
    }


@pytest.mark.parametrize("step", [3, 4, 9])
def test_from_any_step_a_run_ends_in_the_same_bytes(whole: Path, tmp_path: Path, step: int) -> None:
    """In a phase, at the end of one before it was validated, and in the next."""
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    for file in (run / "checkpoints").glob("step-*"):
        if int(file.stem[5:]) > step:
            file.unlink()
    (run / "weights.safetensors").unlink()
    lines = [record for record in records(run) if record["step"] <= step]
    lines = [one for one in lines if not (one["kind"] == "validation" and one["step"] == step)]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (run / "journal.jsonl").write_text(text + '{"kind": "tra')  # killed as it wrote
    train(open_run(str(run)))
    assert digest(run) == digest(whole)
    assert records(run) == records(whole)


@pytest.mark.usefixtures("signals")
def test_a_signal_ends_a_run_after_its_step(whole: Path, tmp_path: Path) -> None:
    def interrupt(moment: Moment) -> None:
        signal.raise_signal(signal.SIGINT)

    run = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(small_run(whole.parent / "data.npz", run), watch=interrupt)
    assert [file.name for file in (run / "checkpoints").iterdir()] == ["step-000000001.safetensors"]
    assert [record["step"] for record in records(run)] == [1]
    train(open_run(str(run)))
    assert digest(run) == digest(whole)


def test_how_long_it_takes_is_measured_without_a_trace(whole: Path, tmp_path: Path) -> None:
    """The two steps that are made for it change nothing, from the start and from step 5."""
    told: list[Forecast] = []
    run = tmp_path / "run"

    def interrupt(moment: Moment) -> None:
        raise KeyboardInterrupt

    started = small_run(whole.parent / "data.npz", run)
    with pytest.raises(KeyboardInterrupt):
        train(started, saving=EVERY_STEP, watch=interrupt, foretell=told.append)
    train(open_run(str(run)), saving=EVERY_STEP, foretell=told.append)
    assert [one.steps for one in told] == [12, 11]
    assert all(0 < one.seconds_per_step < 60 for one in told)
    assert digest(run) == digest(whole)
    train(open_run(str(run)), foretell=told.append)  # nothing is left to do
    assert len(told) == 2


def test_a_run_is_validated_when_its_recipe_says_so(whole: Path, tmp_path: Path) -> None:
    recipe = RECIPE + "evaluation: {every: 2}\n"
    train(small_run(whole.parent / "data.npz", tmp_path / "run", recipe))
    tested = [one["step"] for one in records(tmp_path / "run") if one["kind"] == "validation"]
    assert tested == [8, 12]  # after two epochs, and at the end


def test_given_weights_are_kept_for_a_run_that_is_stopped_at_once(
    whole: Path, tmp_path: Path
) -> None:
    graph = inceptionspec.loads(NETWORK).graph
    arrays = {
        (node.path, weight.name): np.full(weight.shape, 0.25, np.float32)
        for node in graph.nodes
        for weight in node.weights
    }

    def stop(found: Forecast) -> None:
        raise KeyboardInterrupt

    data = whole.parent / "data.npz"
    with pytest.raises(KeyboardInterrupt):
        train(small_run(data, tmp_path / "run", weights=arrays), foretell=stop)
    assert not (tmp_path / "run" / "checkpoints").exists()
    train(open_run(str(tmp_path / "run")))
    train(small_run(data, tmp_path / "once", weights=arrays))
    assert digest(tmp_path / "run") == digest(tmp_path / "once") != digest(whole)


def test_the_next_member_differs_in_its_seed_alone(whole: Path, tmp_path: Path) -> None:
    arrays = {("First", "kernel"): np.full((3, 3, 3, 6), 0.25, np.float32)}
    data = whole.parent / "data.npz"
    first = small_run(data, tmp_path / "member-1", weights=arrays, member=0, members=3, batch=4)
    opened = open_run(str(first.folder))
    second = next_member(opened, str(tmp_path / "member-2"))
    assert (second.settings.member, second.recipe.seed, second.recipe.batch) == (1, 1000, 4)
    differs = {name for name, one in second.digests.items() if one != first.digests[name]}
    assert differs == {"recipe"}  # which holds the seed
    manifests = [json.loads((one.folder / "run.json").read_text()) for one in (first, second)]
    assert [one["settings"]["member"] for one in manifests] == [0, 1]
    files = [(one.folder / "initial_weights.safetensors").read_bytes() for one in (first, second)]
    assert files[0] == files[1]


def test_a_full_disk_leaves_the_last_checkpoint(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.write_bytes

    def full(self: Path, content: bytes) -> int:
        if self.name == "step-000000007.safetensors":
            real(self, content[:100])
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, content)

    run = tmp_path / "run"
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(SpecError) as caught:
            train(small_run(whole.parent / "data.npz", run), saving=EVERY_STEP)
    (found,) = caught.value.findings
    assert found.code == "E0803"
    assert "no space left on device" in found.message
    assert re.search(r"checkpoint of step 6 is whole: `specbuild train --resume", found.helps[-1])
    assert not list((run / "checkpoints").glob(".*"))
    train(open_run(str(run)))
    assert digest(run) == digest(whole)


def test_what_is_not_finite_is_named_with_its_step(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        train(small_run(whole.parent / "data.npz", tmp_path / "run", WILD), saving=EVERY_STEP)
    (found,) = caught.value.findings
    assert found.code == "E0914"
    assert re.match(r"step [45]: `[\w.]+(/\w+)?` (yields|holds) numbers", found.message)
    assert "checkpoint of step" in found.helps[-1]
