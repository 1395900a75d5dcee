"""The network before shapes: a flat list of layers, and the parts that they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.expansion.spec import Spec
from inceptionspec.frontend.expansion.tree import Node, Scope
from inceptionspec.frontend.reading.document import Map
from inceptionspec.frontend.settings import DEFAULT_WIDTH, Width
from inceptionspec.ir.graph import Origin
from inceptionspec.ops.record import Op

INPUT_PATH = "input"
"""The path of the input, and the name in a block of what comes in."""


@dataclass(slots=True)
class FlatLayer:
    """A layer with its path, what it reads, and its attributes parsed.

    ``entry`` is the tensor that comes into the block around it: what ``filters: input``
    counts. ``item`` and ``defaults`` are kept for the places of attributes, ``allowed``
    are the warnings that do not hold here. ``unscaled`` are the filters before the width
    multiplier, where it scaled them. A merge knows what its branches are called and where
    they are written, and the tensor that they read (``fork``), unless it names what it reads.
    """

    path: str
    op: Op
    attributes: dict[str, Any]
    inputs: tuple[int, ...]
    entry: int | None
    scope: str
    branch: str
    head: str
    group: str
    origin: Origin
    item: Map
    defaults: Map | None
    fork: int | None = None
    branches: tuple[str, ...] = ()
    branch_places: tuple[Span, ...] = ()
    allowed: frozenset[str] = frozenset()
    unscaled: int | None = None

    def place(self, attribute: str | None) -> Span | None:
        """Where an attribute is written, key and value; None where it is the operator's own."""
        for item in (self.item, self.defaults):
            if item is not None and attribute is not None and attribute in item.value_spans:
                key, value = item.key_spans[attribute], item.value_spans[attribute]
                return key._replace(end_line=value.end_line, end_column=value.end_column)
        return None

    def given(self, attribute: str | None) -> Span | None:
        """Where an attribute's value was given if an argument stands for it."""
        given = None if attribute is None else self.item.given.get(attribute)
        return None if given is None else given.span


@dataclass(slots=True)
class FlatBlock:
    """A named part of the flat list."""

    path: str
    definition: str
    kind: str
    input: int
    output: int
    members: range
    origin: Origin


@dataclass(slots=True)
class FlatHead:
    """A head of the flat list."""

    name: str
    source_path: str
    source: int
    output: int
    predictions: int | None
    loss_weight: float | None
    label_smoothing: float
    members: range
    item: Map


@dataclass(slots=True)
class FlatNetwork:
    """The network before shapes: what the linker links.

    ``spec`` and ``tree`` are what the layers were flattened from, ``width`` is what scaled
    their filters. ``sources`` are the shortest names of what entries with a `from` read.
    """

    spec: Spec
    tree: Scope
    layers: list[FlatLayer] = field(default_factory=list)
    blocks: list[FlatBlock] = field(default_factory=list)
    heads: list[FlatHead] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    end_points: dict[str, int] = field(default_factory=dict)
    sources: dict[Node, str | list[str]] = field(default_factory=dict)
    main: str = ""
    width: Width = DEFAULT_WIDTH

    def __repr__(self) -> str:
        return f"<FlatNetwork {sanitize(self.spec.name)}: {len(self.layers)} layers>"
