"""Which reader a source is for, and that damaged sources end in specs or findings."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from damaged_models import SOURCES, damaged_source, outcome

from inceptionspec.importers.importing import MODEL_READERS
from inceptionspec.weights.files.glance import glance


def test_every_reader_is_damaged(tmp_path: Path) -> None:
    known = set()
    for source in SOURCES.values():
        seen = glance(str(source.write(tmp_path, source.good)))
        known.add(next(reader.format for reader in MODEL_READERS if reader.content(seen)))
    assert known == {reader.format for reader in MODEL_READERS}


@pytest.mark.parametrize("name", SOURCES)
def test_good_sources_are_imported(name: str, tmp_path: Path) -> None:
    assert outcome(SOURCES[name].write(tmp_path, SOURCES[name].good)) == "imported"


@pytest.mark.parametrize("name", SOURCES)
def test_damaged_sources_end_in_specs_or_findings(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    for _ in range(40):
        path = SOURCES[name].write(tmp_path, damaged_source(SOURCES[name], chance))
        assert outcome(path) == "imported" or outcome(path)[:2] in ("E0", "W0")
