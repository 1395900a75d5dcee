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
PageName = Literal["a4", "slide", "column"]

FOLDS: tuple[Fold, ...] = ("network", "branches", "layers")
DIRECTIONS: tuple[Direction, ...] = ("TB", "LR")
MEASURES: tuple[Measure, ...] = ("macs", "params", "memory")

PAGES: tuple[PageName, ...] = ("a4", "slide", "column")

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
        direction: the way the trunk goes: down (``TB``, the default) or to the right (``LR``).
        theme: a row of ``THEMES``.
        coloring: what the fills mean.
        collapse_repeats: draw equal blocks in a row once. None is yes where the fold level is
            ``network`` and colors mean kinds.
        wrap: the most lines (columns, or rows in a picture to the right) of the trunk.
        page: the page that the picture is to fit with letters that are read, see ``paper``.
            It chooses what is None here, the lines of the trunk, and distances.
        title, legend: whether they are drawn.
        names: whether boxes have the names of their layers.
        activations: whether boxes show the norm and the activation of their layers.
        training: whether a comparison shows what only training reads.
    """

    fold: Fold | None = None
    only: str | None = None
    direction: Direction | None = None
    theme: ThemeName = "light"
    coloring: Coloring = ByKind()
    collapse_repeats: bool | None = None
    wrap: int = 1
    page: PageName | None = None
    title: bool = True
    legend: bool = True
    names: bool = False
    activations: bool = False
    training: bool = True


DEFAULT = Options()


def fold_of(graph: Graph, options: Options) -> Fold:
    """The fold level that is drawn of what is drawn of a network."""
    if options.fold is not None:
        return options.fold
    return "network" if len(graph.nodes) > MOST_LAYERS else "layers"


def collapses(options: Options, fold: Fold) -> bool:
    """Whether equal blocks in a row are drawn once at a fold level."""
    if options.collapse_repeats is not None:
        return options.collapse_repeats
    return fold == "network" and isinstance(options.coloring, ByKind)
