"""Networks that were taken apart and recovered are the networks that they were."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from exploding import computed, exploded
from support import ROOT

import inceptionspec
from inceptionspec.importers.recovery.recovered import recovered
from inceptionspec.importers.recovery.signature import signature

SPECS = sorted(path.stem for path in (ROOT / "specs").glob("*.yaml"))
#: Those that are no variants of another one.
WHOLE = [
    name for name in SPECS if "\nextends:" not in (ROOT / "specs" / f"{name}.yaml").read_text()
]
#: Those that are no rows and branches.
BY_NAME = ("nasnet_mobile",)
#: What only a person can write: what a network is, where it departs from others, its pictures.
WRITTEN = ("doc", "sources", "provenance", "expect", "end_points", "  preprocessing", "allow")


@pytest.mark.parametrize("scramble", [None, 1])
@pytest.mark.parametrize("name", SPECS)
def test_a_built_in_network_is_recovered(name: str, scramble: int | None) -> None:
    graph = inceptionspec.load(name).graph
    found = recovered(exploded(graph, scramble=scramble), extends=False)
    assert signature(found.loaded.graph) == signature(graph)
    if name not in BY_NAME:  # the order of what reads by name is a matter of taste
        assert computed(found.loaded.graph) == computed(graph)
    assert not inceptionspec.load(found.text).check().findings


@pytest.mark.parametrize("name", WHOLE)
def test_the_spec_is_about_as_short_as_a_person_writes_it(name: str) -> None:
    graph = inceptionspec.load(name).graph
    text = (ROOT / "specs" / f"{name}.yaml").read_text()
    assert len(list(_lines(recovered(exploded(graph), extends=False).text))) <= 1.5 * len(
        list(_lines(text))
    )


def _lines(text: str) -> Iterator[str]:
    """The lines of a spec that say what is computed."""
    inside = False
    for line in text.splitlines():
        if re.match(r" *[a-z_]+:", line) and not line.startswith("    "):
            inside = line.startswith(tuple(f"{key}:" for key in WRITTEN))
        if line.strip() and not line.startswith("#") and not inside:
            yield line
