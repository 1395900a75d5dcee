"""What once crashed ends in a network or in findings; `tools/fuzz.py` adds to these files."""

from __future__ import annotations

from pathlib import Path

import oracle
import pytest
from support import CORPUS

CRASHES = sorted((CORPUS / "crashes").glob("*.yaml"))


@pytest.mark.parametrize("path", CRASHES, ids=lambda path: path.stem)
def test_what_once_crashed_is_mended(path: Path) -> None:
    assert oracle.outcome(path.read_bytes(), path.name) in (oracle.NETWORK, oracle.FINDINGS)


def test_there_are_some() -> None:
    assert len(CRASHES) >= 10
