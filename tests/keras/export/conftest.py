"""One export of each format for all tests, which copy what they change."""

from __future__ import annotations

from pathlib import Path

import pytest
from exporting import NAMES, exported

from inceptionspec.export.formats import FORMATS


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each format, by its name, with the export `t`."""
    folder = tmp_path_factory.mktemp("originals")
    for name in NAMES:
        (folder / name).mkdir()
        exported(folder / name / f"t{FORMATS[name].suffix}")
    return folder
