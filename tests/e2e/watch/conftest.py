"""A spec that is watched by the installed command, for every test that asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from watching import SMALL, Watching


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    (tmp_path / "spec.yaml").write_text(SMALL)
    with Watching(tmp_path) as one:
        yield one


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watching]:
    """One that no test changes."""
    folder = tmp_path_factory.mktemp("asked")
    (folder / "spec.yaml").write_text(SMALL)
    with Watching(folder) as one:
        yield one
