"""The tier of unit tests: it mirrors the package, and its guard fails what does not belong here."""

from __future__ import annotations

import importlib
import subprocess
from pathlib import Path

import pytest
from support import ROOT

UNIT = ROOT / "tests" / "unit"
#: Folders of the repository that are tested here and are no rooms of the package.
OTHERS = {Path("specs"), Path("tools")}


def test_every_folder_is_a_room_of_the_package() -> None:
    folders = {path.parent.relative_to(UNIT) for path in UNIT.rglob("test_*.py")} - OTHERS
    assert len(folders) >= 15
    assert [one for one in folders if not (ROOT / "inceptionspec" / one).is_dir()] == []


def test_a_process_is_a_failure() -> None:
    with pytest.raises(pytest.fail.Exception, match="starts a process"):
        subprocess.run(["true"], check=True)


@pytest.mark.parametrize("name", ["keras", "onnxruntime", "tensorflow"])
def test_a_framework_is_a_failure(name: str) -> None:
    with pytest.raises(pytest.fail.Exception, match=f"imports `{name}`"):
        importlib.import_module(name)
