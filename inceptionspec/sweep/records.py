"""What a sweep is made of and what it yields, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from inceptionspec.diagnostics.sanitize import sanitize

KnobKind = Literal["spec", "width", "input", "argument", "call", "repeat", "move"]
"""``call`` is an argument of a block's call, ``repeat`` how often a part is repeated."""


@dataclass(frozen=True, slots=True)
class Knob:
    """One thing that a sweep varies.

    Attributes:
        name: as the user wrote it: ``width``, ``classes``, ``Mixed_6b.filters_7``.
        kind: what it changes.
        values: as the user wrote them, with ranges written out, in order.
        path: the pattern of paths that a ``call`` or a ``repeat`` changes, otherwise empty.
        key: the argument of an ``argument`` or a ``call``, otherwise empty.
    """

    name: str
    kind: KnobKind
    values: tuple[str, ...]
    path: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a variant costs, by the conventions of ``specbuild summary``, all heads counted.

    Attributes:
        params: elements of all variables, moving statistics included.
        trainable_params: those that training changes.
        macs: multiply-accumulates of convolutions and dense layers, None where a side is open.
        flops: 2 x MACs, and norms (not folded), biases, activations, pools and sums.
        memory: the peak of activations in bytes, float32, batch 1.
        field: height and width in pixels of the largest receptive field that a layer has;
            None where none is known.
    """

    params: int
    trainable_params: int
    macs: int | None
    flops: int | None
    memory: int | None
    field: tuple[int, int] | None

    def figure(self, name: str) -> int | None:
        """One of them; of the field, the longer side."""
        if name == "field":
            return None if self.field is None else max(self.field)
        value: int | None = getattr(self, name)
        return value


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a variant is no network: its first finding.

    Attributes:
        code: such as ``E0402``.
        message: what is wrong.
        place: where it is written, as ``FILE:LINE:COLUMN``, or the setting that is to blame.
        line: the line in that file, from 1; None for a setting.
    """

    code: str
    message: str
    place: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant: either its figures, or why it has none.

    Attributes:
        number: its place in the sweep's order, from 1.
        values: the value of each knob, as written, by the knob's name.
        figures: what it costs; None where it does not link.
        refusal: why it does not link.
        network: the digest of what is computed, where digests are asked for.
        document: the digest of the expanded text, where digests are asked for.
        admitted: whether ``--where`` holds; what is not admitted is on no front.
        repeats: the number of an earlier variant that computes the same.
        predicted: seconds for one image, where they were predicted.
        measured: seconds for one image, where they were measured.
    """

    number: int
    values: Mapping[str, str]
    figures: Figures | None = None
    refusal: Refusal | None = None
    network: str | None = None
    document: str | None = None
    admitted: bool = True
    repeats: int | None = None
    predicted: float | None = None
    measured: float | None = None

    @property
    def is_row(self) -> bool:
        """Whether it stands in the table: it links, is admitted, and repeats no other."""
        return self.figures is not None and self.admitted and self.repeats is None

    def figure(self, name: str) -> float | None:
        """A figure by its name in ``FIGURES``; None where it has none."""
        if name in ("predicted", "measured"):
            return self.predicted if name == "predicted" else self.measured
        return None if self.figures is None else self.figures.figure(name)


FIGURES: Mapping[str, str] = {
    "params": "parameters",
    "trainable_params": "trainable parameters",
    "macs": "MACs",
    "flops": "FLOPs",
    "memory": "peak activation memory in bytes",
    "field": "receptive field in pixels, the longer side",
    "predicted": "predicted seconds for one image",
    "measured": "measured seconds for one image",
}
"""What variants are sorted, constrained and compared by."""


@dataclass(frozen=True, slots=True)
class Objective:
    """A figure that the front is made by; fewer is better unless the most is wanted."""

    figure: str
    most: bool = False

    def __str__(self) -> str:
        return f"{self.figure}:max" if self.most else self.figure


@dataclass(frozen=True, slots=True)
class Base:
    """A network that variants start from.

    Attributes:
        name: what it calls itself.
        spec: how the user named it: a path, or a built-in name.
        network: the digest of what it computes.
        document: the digest of its expanded text.
        figures: what it costs as it is.
    """

    name: str
    spec: str
    network: str
    document: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Counts:
    """How many variants of each kind there are.

    Attributes:
        space: all combinations of values.
        tried: those that were tried, the sum of the next four.
        rows: those that the table has.
        repeated: those that compute what an earlier one computes.
        excluded: those that ``--where`` leaves out.
        refused: those that do not link.
        codes: of the refused ones, how many have each code.
    """

    space: int
    tried: int
    rows: int
    repeated: int
    excluded: int
    refused: int
    codes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Swept:
    """The result of a sweep.

    Attributes:
        bases: the networks that were varied, the first one first.
        knobs: what was varied.
        method: ``grid``, ``sample`` or ``evolution``.
        seed: of a sample or an evolution.
        where: the constraint as written, empty for none.
        objectives: what the front is made by.
        counts: how many variants of each kind there are.
        variants: every variant in the sweep's order, refused ones included. It can be gone
            through many times, and reads a file each time where the sweep has one: a sweep
            of any size takes little memory.
        front: the variants that no other beats, in the order of the first objective.
        shown: the variants of the table, sorted and cut as asked.

    >>> swept = inceptionspec.run_sweep("inception_v1", {"width": [0.5, 1]})
    >>> [(variant.values["width"], variant.figures.params) for variant in swept.shown]
    [('0.5', 1932600), ('1', 6632184)]
    """

    bases: tuple[Base, ...]
    knobs: tuple[Knob, ...]
    method: Literal["grid", "sample", "evolution"]
    seed: int | None
    where: str
    objectives: tuple[Objective, ...]
    counts: Counts
    variants: Iterable[Variant]
    front: tuple[Variant, ...]
    shown: tuple[Variant, ...]

    def __repr__(self) -> str:
        return f"<Swept {sanitize(self.bases[0].name)}: {self.counts.tried} variants>"

    @property
    def on_front(self) -> frozenset[int]:
        """The numbers of the variants on the front.

        >>> inceptionspec.run_sweep("inception_v1", {"width": [0.5, 1]}).on_front
        frozenset({1})
        """
        return frozenset(variant.number for variant in self.front)
