"""A stage of several steps has a bar, one of a single step a spinner."""

from __future__ import annotations

import io
import sys

import pytest

from inceptionspec.cli.progress import progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, *steps: tuple[str, int, int]) -> str:
    """What a terminal gets."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    with progress_bar() as progress:
        for stage, done, total in steps:
            progress(stage, done, total)
    return terminal.getvalue()


def test_a_stage_of_one_step_has_a_spinner(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, ("preparing", 0, 1))
    assert "preparing" in text
    assert "0:00:00" in text
    assert "0/1" not in text
    assert "-:--:--" not in text


def test_a_stage_of_several_steps_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, ("preparing", 0, 1), ("steps", 0, 40), ("steps", 13, 40))
    assert "13/40" in text.rpartition("steps")[2]


def test_elsewhere_a_stage_is_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress_bar() as progress:
        for stage, done, total in (("preparing", 0, 1), ("steps", 0, 9), ("steps", 5, 9)):
            progress(stage, done, total)
    assert capsys.readouterr().err == "preparing ...\nsteps ...\n"
