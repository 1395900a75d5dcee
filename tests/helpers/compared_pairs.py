"""Twelve pairs of networks that are compared in one picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from picture import Picture, read

import inceptionspec
from inceptionspec.api.network import Network
from inceptionspec.drawing.diagram import Comparison, Options, draw

load = inceptionspec.load
DOCS = Path(__file__).resolve().parents[2] / "docs"


def squeeze_and_excitation() -> Network:
    """V4 with a gate after every block, as docs/language.md has it."""
    text = (DOCS / "language.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- file: v4_se.yaml -->\n```yaml\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return load(found[1])


class Pair(NamedTuple):
    """Two networks, and how many layers differ: by what they compute, and in training alone.

    A layer that ``moved`` is drawn at both places, and not counted as changed.
    """

    old: Callable[[], Network]
    new: Callable[[], Network]
    added: int
    removed: int
    changed: int
    training: int
    moved: int = 0


def named(name: str, **settings: float) -> Callable[[], Network]:
    return lambda: load(name, **settings)  # type: ignore[arg-type]


PAIRS = {
    "keras": Pair(named("inception_v3"), named("inception_v3_keras"), 1, 7, 1, 95),
    "paper": Pair(named("inception_v3"), named("inception_v3_paper"), 4, 1, 5, 0),
    "torchvision": Pair(named("inception_v3"), named("inception_v3_torchvision"), 3, 4, 107, 1),
    "fid": Pair(named("inception_v3"), named("inception_v3_fid"), 0, 5, 2, 0),
    "151": Pair(named("inception_v3"), named("inception_v3_151"), 0, 0, 1, 0),
    "lean": Pair(named("inception_v3"), named(str(DOCS / "examples/lean.yaml")), 0, 17, 4, 0),
    "v1": Pair(named("inception_v1"), named("inception_v1_paper"), 14, 0, 58, 2),
    "v2": Pair(named("inception_v2"), named("bn_inception"), 0, 0, 69, 1),
    "v4": Pair(named("inception_v4"), squeeze_and_excitation, 56, 0, 0, 0),
    "resnet": Pair(named("resnet50"), named("resnext50"), 0, 0, 53, 0),
    "mobilenet": Pair(named("mobilenet_v2"), named("mobilenet_v2", width=0.75), 0, 0, 28, 0),
    "v3 to v4": Pair(named("inception_v3"), named("inception_v4"), 77, 7, 71, 21, 2),
}


@cache
def pair_of(name: str) -> tuple[Network, Network]:
    return PAIRS[name].old(), PAIRS[name].new()


def picture_of(old: Network, new: Network, **options: Any) -> Picture:
    return read(draw(Comparison(old.loaded, new.loaded), Options(**options)))
