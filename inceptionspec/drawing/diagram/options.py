"""The options of a diagram as a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from inceptionspec.analysis.layer_values import LayerValues
    from inceptionspec.ir.graph import Graph

Fold = Literal["network", "branches", "layers"]
Direction = Literal["TB", "LR"]
ThemeName = Literal["light", "dark", "print"]
Measure = Literal["macs", "params", "memory"]

FOLDS: tuple[Fold, ...] = ("network", "branches", "layers")
DIRECTIONS: tuple[Direction, ...] = ("TB", "LR")
MEASURES: tuple[Measure, ...] = ("macs", "params", "memory")

MOST_LAYERS = 60
"""A diagram of more layers folds to its blocks by default."""


@dataclass(frozen=True, slots=True)
class ByKind:
    """A color for each category of operators."""


@dataclass(frozen=True, slots=True)
class ByCost:
    """A heat map of what each layer costs.

    Attributes:
        measure: multiply-accumulates, parameters, or the bytes of activations that live
            while a layer runs.
    """

    measure: Measure


@dataclass(frozen=True, slots=True)
class ByValues:
    """A heat map of numbers that were measured or computed elsewhere."""

    values: LayerValues


#: What fills mean. The set is closed; `colors` has a branch for each.
Coloring = ByKind | ByCost | ByValues


@dataclass(frozen=True, slots=True)
class Options:
    """How a network is drawn.

    Attributes:
        fold: one box for each outermost block, group and head (``network``), for each run
            of layers inside them (``branches``), or for each layer (``layers``). None is
            ``network`` above 60 layers and ``layers`` up to there.
        only: the path of a block, head, branch or layer, or the name of a group, which is
            drawn alone, between its input and its output.
        direction: the way the trunk goes: down (``TB``) or to the right (``LR``).
        theme: a row of ``THEMES``.
        coloring: what the fills mean.
        collapse_repeats: draw equal blocks in a row once.
    """

    fold: Fold | None = None
    only: str | None = None
    direction: Direction = "TB"
    theme: ThemeName = "light"
    coloring: Coloring = ByKind()
    collapse_repeats: bool = False


DEFAULT = Options()


def fold_of(graph: Graph, options: Options) -> Fold:
    """The fold level that is drawn of what is drawn of a network."""
    if options.fold is not None:
        return options.fold
    return "network" if len(graph.nodes) > MOST_LAYERS else "layers"
