"""States of runs, written and read."""

import numpy as np
import pytest

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.training.checkpoints import Checkpoints, State

PLACE = external("--out run")
ARRAYS = {
    "model/0/kernel": np.array([[1.5, -0.0], [np.pi, 1e-40]], np.float32),
    "model/1/state": np.array([1, 2**40], np.int64),
    "optimizer/0/iteration": np.array(7, np.int64),
}


def test_a_state_comes_back_bit_for_bit(tmp_path):
    checkpoints = Checkpoints(tmp_path, 3, PLACE)
    checkpoints.save(State(7, ARRAYS, {"best": {"top_1": 0.5}}))
    found = checkpoints.load_last()
    assert found.step == 7
    assert found.progress == {"best": {"top_1": 0.5}}
    for name, array in ARRAYS.items():
        assert found.arrays[name].dtype == array.dtype
        assert found.arrays[name].shape == array.shape
        assert found.arrays[name].tobytes() == array.tobytes()


def test_the_last_few_and_the_best_are_kept(tmp_path):
    checkpoints = Checkpoints(tmp_path, 2, PLACE)
    for step in range(1, 6):
        checkpoints.save(State(step, ARRAYS, {}), best=step == 2)
    assert checkpoints.steps() == [4, 5]
    assert checkpoints.load_best().step == 2


def test_without_a_checkpoint_there_is_nothing(tmp_path):
    assert Checkpoints(tmp_path, 2, PLACE).load_last() is None
    assert Checkpoints(tmp_path, 2, PLACE).load_best() is None


@pytest.mark.parametrize("size", [0, 5, 8, 100, -1])
def test_a_damaged_checkpoint_is_a_finding(tmp_path, size):
    checkpoints = Checkpoints(tmp_path, 2, PLACE)
    checkpoints.save(State(1, ARRAYS, {}))
    (file,) = (tmp_path / "checkpoints").iterdir()
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(SpecError) as error:
        checkpoints.load_last()
    assert error.value.findings[0].code == "E0703"


def test_a_checkpoint_that_cannot_be_written_leaves_the_earlier_ones(tmp_path, monkeypatch):
    checkpoints = Checkpoints(tmp_path, 1, PLACE)
    checkpoints.save(State(1, ARRAYS, {}))

    def full(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(SpecError) as error:
        checkpoints.save(State(2, ARRAYS, {}))
    assert error.value.findings[0].code == "E0803"
    assert checkpoints.steps() == [1]
