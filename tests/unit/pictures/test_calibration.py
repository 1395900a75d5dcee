"""Pictures that show what a network computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import loaded

from inceptionspec import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.pictures import calibration
from inceptionspec.pictures.calibration import calibration_inputs, check_pictures

PLACE = external("--calibrate x")
SPEC = """
spec: 1
name: Seen
input:
  size: 4x6
  preprocessing: {{resize: nearest, crop: 1, channel_order: RGB, scale: 1/255, mean: 0}}
network: [{{op: conv, name: c, kernel: 1x1, filters: 2}}]
"""


@pytest.fixture
def network() -> LoadedSpec:
    return loaded(SPEC.format())


def save(file: Path, level: int) -> None:
    Image.new("RGB", (6, 4), (level, 0, 255)).save(file)


def test_inputs_are_as_the_spec_states(network: LoadedSpec, tmp_path: Path) -> None:
    save(tmp_path / "a.png", 51)
    (tmp_path / "b.png").write_bytes(b"no picture")
    found = calibration_inputs(network, str(tmp_path), PLACE)
    assert found.shape == (1, 4, 6, 3)
    assert found.dtype == np.float32
    assert found[0, 0, 0] == pytest.approx([0.2, 0, 1])
    in_memory = calibration_inputs(network, [np.zeros((4, 6, 3), np.uint8)], PLACE)
    assert not in_memory.any()


def test_of_many_some_are_taken_evenly(
    network: LoadedSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "MOST", 3)
    for number in range(9):
        save(tmp_path / f"{number}.png", number)
    found = calibration_inputs(network, str(tmp_path), PLACE)
    assert [round(each * 255) for each in found[:, 0, 0, 0].tolist()] == [0, 3, 6]


def test_no_picture(network: LoadedSpec, tmp_path: Path) -> None:
    for folder in ("none", "."):
        with pytest.raises(SpecError) as caught:
            check_pictures(str(tmp_path / folder), PLACE)
        assert [one.code for one in caught.value.findings] == ["E0824"]
    (tmp_path / "b.png").write_bytes(b"no picture")
    check_pictures(str(tmp_path), PLACE)  # whether it can be read is seen when it is
    with pytest.raises(SpecError) as caught:
        calibration_inputs(network, str(tmp_path), PLACE)
    [finding] = caught.value.findings
    assert finding.code == "E0824"
    assert "cannot be read" in finding.notes[0]


def test_a_network_that_does_not_say_what_a_picture_becomes(tmp_path: Path) -> None:
    silent = loaded(
        "spec: 1\nname: S\ninput: {size: 4x6}\n"
        "network: [{op: conv, name: c, kernel: 1x1, filters: 2}]\n"
    )
    with pytest.raises(SpecError) as caught:
        calibration_inputs(silent, str(tmp_path), PLACE)
    assert caught.value.findings[0].code == "E0719"
