"""Specs and recipes that are bad in one way each are answered with exactly the text next to them.

`python tools/make_bad.py` writes the texts anew; each change of one is to be looked at.
"""

from __future__ import annotations

import re
from pathlib import Path

import corpus
import pytest

from inceptionspec.diagnostics.codes import CODES

#: Faults that are more than one finding by nature.
SEVERAL = {
    "E0104_alias": 2,  # the anchor, and the alias of it
    "E0302_block_deleted": 2,  # two calls of the block
    "W0104_between_windows": 2,  # a layer each
    "W0108_pointwise": 3,  # multiply-accumulates, parameters and memory
    "W0110_defaults": 2,  # two heads
    "W0111_each_kind": 6,  # an attribute each
}


FILES = (*corpus.SPECS, *corpus.RECIPES)


@pytest.mark.parametrize("spec", FILES, ids=lambda spec: f"{spec.parent.name}-{spec.stem}")
def test_the_fault_is_named_in_exactly_these_words(
    spec: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(spec.parent)
    found = corpus.findings(spec)
    assert {one.code for one in found} == {spec.name[:5]}
    assert len(found) == SEVERAL.get(spec.stem, 1)
    assert corpus.shown(spec) == corpus.expected(spec).read_text(encoding="utf-8")


@pytest.mark.parametrize("spec", FILES, ids=lambda spec: f"{spec.parent.name}-{spec.stem}")
def test_the_text_is_short_and_holds_no_path_of_this_machine(spec: Path) -> None:
    text = corpus.expected(spec).read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.:/])/(work|home|tmp|root|usr)\b", text)
    message = text.partition("\n")[0]
    assert len(message) <= 120, message
    assert all(len(line) <= 120 for line in text.splitlines() if " = " in line)


def test_every_text_has_its_spec_and_every_kind_of_fault_is_there() -> None:
    for files in (corpus.SPECS, corpus.RECIPES):
        texts = {path.stem for path in files[0].parent.glob("*.txt")}
        assert texts == {file.stem for file in files}
    assert len(corpus.SPECS) >= 80
    # Programs, packages, checkpoints, data, runs and files that are written have their own tests.
    runs = ("E091", "E092", "E093", "E094", "E095")
    elsewhere = {code for code in CODES if code.startswith(("E07", "E08", *runs))}
    elsewhere |= {"W0109", "W0201"}
    recipes = {recipe.name[:5] for recipe in corpus.RECIPES}
    assert recipes >= {code for code in CODES if code.startswith("E090")}
    elsewhere |= recipes - {spec.name[:5] for spec in corpus.SPECS}
    assert {spec.name[:5] for spec in corpus.SPECS} >= set(CODES) - elsewhere
