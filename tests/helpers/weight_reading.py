"""What a reader makes of a file of weights: its arrays, or why it cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external

PLACE = external("--weights")

Open = Callable[[str, Any], Any]


def everything(open_file: Open, path: Path) -> dict[str, Any]:
    """All arrays of a file."""
    file = open_file(str(path), PLACE)
    return file.read(file.tensors)


def reason(open_file: Open, path: Path) -> str:
    """Why a file cannot be read: the notes and helps of its only finding."""
    with pytest.raises(SpecError) as raised:
        everything(open_file, path)
    (finding,) = raised.value.findings
    assert finding.code == "E0703"
    return " ".join((*finding.notes, *finding.helps))
