"""What every operator must have: the fields of its record, so that none can be forgotten."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from inceptionspec.ops.attribute_types import Kind
from inceptionspec.ops.side import KEPT, Side, SideRule

#: Height, width and channels of a map, or the features of a vector; None where open.
Shape = tuple[int | None, ...]
#: An operator's attributes after defaults, arguments and parsing.
Attributes = Mapping[str, Any]
#: A symmetric or asymmetric number of pixels: top, bottom, left, right.
Pads = tuple[int, int, int, int]

REQUIRED = object()
"""The default of an attribute that has none."""


class Attribute(NamedTuple):
    """One attribute of an operator: its kind, its default in YAML terms, what it is for.

    A ``later`` attribute joined an operator that specs had already: where it has its default,
    expanded specs and digests leave it out, as they did before there was one.
    """

    name: str
    kind: Kind
    doc: str
    default: Any = REQUIRED
    later: bool = False

    @property
    def required(self) -> bool:
        """Whether a layer or its defaults must give it."""
        return self.default is REQUIRED


class Weight(NamedTuple):
    """One array that a layer owns, under its Keras name, in TensorFlow's layout."""

    name: str
    shape: tuple[int, ...]
    trainable: bool = True


class Window(NamedTuple):
    """How far an operator looks, per axis: what a receptive field is made of.

    Output pixel o reads the pixels from floor((stride o + first) / up) to
    floor((stride o + last) / up) of the input. ``ends`` has first and last of each axis; without
    it they follow from kernel, dilation and padding.
    """

    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    up: tuple[int, int] = (1, 1)
    ends: tuple[tuple[int, int], tuple[int, int]] | None = None


POINTWISE = Window()


class OperatorError(Exception):
    """An operator cannot take what comes in. The linker turns it into a finding.

    ``attribute`` names the attribute to blame; without one the whole layer is.
    ``wants`` says whether a larger or a smaller input would do. ``notes`` give context;
    what to do is found by the linker, which tries it.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        label: str = "",
        attribute: str | None = None,
        notes: Sequence[str] = (),
        wants: Literal["larger", "smaller", ""] = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.label = label
        self.attribute = attribute
        self.notes = tuple(notes)
        self.wants = wants


def _as_they_are(attributes: Attributes, inputs: Sequence[Shape]) -> Attributes:
    return attributes


def _no_weights(attributes: Attributes, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
    return ()


def _nothing(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int:
    return 0


def _pointwise(attributes: Attributes) -> Window:
    return POINTWISE


def _kept(attributes: Attributes, axis: int) -> SideRule:
    return _KEPT_RULE


_KEPT_RULE = SideRule(KEPT)


def no_side(attributes: Attributes, axis: int) -> SideRule:
    """The rule of an operator that takes a map of any size and yields no map."""
    return SideRule(None)


@dataclass(frozen=True, slots=True)
class Op:
    """One operator of the closed table.

    Functions take the attributes, the input shapes and, where it is known, the output
    shape, each without the batch; counts are for one image.

    Fields:
        role: ``layer`` is written in an ``op:`` line, ``merge`` under ``merge:``; no spec writes
            ``input``, which every network has.
        category: what it is to a reader of a diagram; the palette has a color for each.
        shape: output shape; raises OperatorError where the input does not fit.
        resolve: attributes with everything that depends on the input filled in
            (``kernel: map``, ``clip: true``, a bias that depends on the norm).
        side: how a side of its output follows from a side of its input, per axis, before
            the size is known.
        weights: the arrays it owns, in the order in which TF-Slim creates them.
        macs: multiply-accumulates of convolutions and dense layers; None where open.
        other_flops: all other floating-point operations; None where open.
        window: what one output pixel sees of the input; None where it sees all of it.
        in_place: whether the output takes the memory of the input.
    """

    name: str
    role: Literal["input", "layer", "merge"]
    category: str
    doc: str
    attributes: tuple[Attribute, ...]
    shape: Callable[[Attributes, Sequence[Shape]], Shape]
    resolve: Callable[[Attributes, Sequence[Shape]], Attributes] = _as_they_are
    weights: Callable[[Attributes, Sequence[Shape]], tuple[Weight, ...]] = _no_weights
    macs: Callable[[Attributes, Sequence[Shape], Shape], int | None] = _nothing
    other_flops: Callable[[Attributes, Sequence[Shape], Shape], int | None] = _nothing
    window: Callable[[Attributes], Window | None] = _pointwise
    side: Callable[[Attributes, int], SideRule] = _kept
    in_place: bool = False


def ruled_sides(
    attributes: Attributes,
    inputs: Sequence[Shape],
    rule_of: Callable[[Attributes, int], SideRule],
    refusal: OperatorError,
) -> tuple[int | None, ...]:
    """Height and width of a map by its operator's rule of sides; open ones stay open.

    Raises:
        OperatorError: the refusal, where a side is smaller than the operator takes.
    """
    sides: list[int | None] = []
    for axis in (0, 1):
        size, rule = inputs[0][axis], rule_of(attributes, axis)
        if size is not None and size < rule.least:
            raise refusal
        sides.append(
            rule.side.at(size) if isinstance(rule.side, Side) and size is not None else None
        )
    return tuple(sides)


def elements(shape: Shape) -> int | None:
    """How many numbers a tensor holds; None where a side is open."""
    product = 1
    for side in shape:
        if side is None:
            return None
        product *= side
    return product


def times(count: int | None, factor: int) -> int | None:
    """A product that stays open where the count is; nothing times open is nothing."""
    return 0 if factor == 0 else None if count is None else count * factor


def shape_text(shape: Shape) -> str:
    """A shape as specs and findings write it: ``35x35x192``, ``?x?x192``, ``1000``."""
    return "x".join("?" if side is None else str(side) for side in shape)


def size_text(shape: Shape) -> str:
    """Height and width of a map: ``35x35``."""
    return shape_text(shape[:2])


def require_map(attributes: Attributes, inputs: Sequence[Shape]) -> None:
    """Refuse a vector where a map of height, width and channels is needed."""
    if len(inputs[0]) != 3:
        raise OperatorError(
            "E0404",
            f"it reads a map of height, width and channels, but {inputs[0][0]} features come in",
            label=f"{inputs[0][0]} features come in here",
        )
