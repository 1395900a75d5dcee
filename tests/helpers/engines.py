"""What tests of the layout engine ask it for, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError
from inceptionspec.drawing.diagram import engine

DOT = "digraph { a -> b }\n"


def text(suffix: str) -> str:
    """The DOT text for any suffix."""
    return DOT


def refused(file: str | None, choice: str = "auto") -> Diagnostic:
    """The finding that a diagram ends in, written to a file or drawn as text."""
    with pytest.raises(SpecError) as caught:
        engine.svg(DOT, choice) if file is None else engine.write(text, file, choice)
    (finding,) = caught.value.findings
    return finding


def left(folder: Path) -> list[str]:
    """The names of the files that lie in a folder."""
    return sorted(path.name for path in folder.iterdir() if path.is_file())
