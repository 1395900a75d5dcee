"""GPUs as the driver's files show them."""

from __future__ import annotations

from pathlib import Path

import pytest

from inceptionspec.utils.gpus import VISIBLE, nvidia_gpus


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(VISIBLE, raising=False)
    for number, model in enumerate(("NVIDIA A", "NVIDIA B")):
        folder = tmp_path / f"0000:0{number}:00.0"
        folder.mkdir()
        (folder / "information").write_text(f"Model: \t\t {model}\nIRQ:   \t\t 5\n")
    return tmp_path


def test_models_in_order(driver: Path) -> None:
    assert nvidia_gpus(driver) == ("NVIDIA A", "NVIDIA B")


def test_without_a_driver_there_is_none(driver: Path) -> None:
    assert nvidia_gpus(driver / "none") == ()


@pytest.mark.parametrize("hidden", ["-1", ""])
def test_hidden_ones_do_not_count(
    driver: Path, monkeypatch: pytest.MonkeyPatch, hidden: str
) -> None:
    monkeypatch.setenv(VISIBLE, hidden)
    assert nvidia_gpus(driver) == ()


def test_one_that_is_chosen_counts(driver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VISIBLE, "0")
    assert nvidia_gpus(driver)
