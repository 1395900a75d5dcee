"""A model's file: written whole or not at all, with a finding where it cannot be."""

from __future__ import annotations

import keras
import pytest
from support import spec

import inceptionspec
from inceptionspec.backends.keras import build, save
from inceptionspec.diagnostics.diagnostic import SpecError

# Keras 3.15 itself reads variables in a way that NumPy 2 calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def model():
    return build(inceptionspec.load(spec("- {op: conv, kernel: 3x3, filters: 4}")).graph)


def test_a_file_takes_the_place_of_an_old_one_and_leaves_nothing_beside(
    model, tmp_path, monkeypatch
):
    file = tmp_path / "model.keras"
    file.write_text("old")
    save(model, str(file))
    assert keras.saving.load_model(file).count_params() == model.count_params()
    assert list(tmp_path.iterdir()) == [file]
    monkeypatch.chdir(tmp_path)
    save(model, "here.keras")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["here.keras", "model.keras"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent/model.keras", "there is no folder `absent`"),
        ("folder.keras", "`folder.keras` is a folder"),
    ],
)
def test_a_file_that_cannot_be_is_a_finding(model, tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.keras").mkdir()
    with pytest.raises(SpecError) as raised:
        save(model, name)
    (finding,) = raised.value.findings
    assert (finding.code, finding.message) == ("E0803", message)
    assert [one.name for one in tmp_path.iterdir()] == ["folder.keras"]
