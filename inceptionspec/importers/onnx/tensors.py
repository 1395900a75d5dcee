"""What the tensors of an ONNX graph are while it is imported.

A map is ours, height x width x channels, whatever axes the file gives it: each axis of a file's
tensor has a label that says what it is. So a `Transpose` only renames axes, and pairs of them
cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from inceptionspec.ops.record import Pads, Shape

BATCH, CHANNELS, HEIGHT, WIDTH = "N", "C", "H", "W"
#: An axis of one element that we do not have.
DUMMY = "1"
#: All elements of an image in one axis.
FLAT = "F"
#: Channels in two axes, as a shuffle has them meanwhile.
OUTER, INNER = "C/", "/C"
#: The elements of a group of channels in one axis.
REST = "R"
Labels = tuple[str, ...]

FIRST: Labels = (BATCH, CHANNELS, HEIGHT, WIDTH)
"""The layout of ONNX' operators."""
LAST: Labels = (BATCH, HEIGHT, WIDTH, CHANNELS)
"""The layout of TensorFlow."""
VECTOR: Labels = (BATCH, CHANNELS)

GRID = np.concatenate([[0.0, 1.0], np.linspace(-7.3, 7.1, 61)])
"""Where functions of a single number are compared."""


class Expression(NamedTuple):
    """A function of each element of a tensor.

    Attributes:
        of: the tensor.
        values: of the function, at the numbers of `GRID`.
    """

    of: Tensor
    values: Any


class Moment(NamedTuple):
    """A step of a norm over the channels that is spelled out.

    Attributes:
        step: which one, a number of `moments`.
        of: the tensor that is normalized.
        epsilon: what was added to the variance.
    """

    step: int
    of: Tensor
    epsilon: float = 0


class Ones(NamedTuple):
    """Ones instead of the pixels of a map: by their means others become means without padding.

    Attributes:
        of: the layer that yields the map.
        window: of the mean that was taken of them; None before.
    """

    of: str | None
    window: Mapping[str, Any] | None = None


class Tensor(NamedTuple):
    """A tensor that depends on the images.

    Attributes:
        layer: the imported layer that yields it; "" is the network's input, None where only the
            function is known that it is, and no layer has it.
        shape: ours, without the batch: of a map or a vector.
        labels: what each of the file's axes is.
        flattened: of a flat one, the axes that were joined, in order, and the shape before.
        groups: of one with an outer or a rest axis, how many groups there are.
        expression: the function of another tensor that it is; None where it starts anew.
        grouped: the epsilon with which each group of it was normalized, where its groups wait to
            be joined again.
        framed: pixels of minus infinity around it, which a maximum leaves out.
        moment: the step of a norm that it is.
        ones: what it stands for if its numbers do not depend on the images.
    """

    layer: str | None
    shape: Shape
    labels: Labels
    flattened: tuple[Labels, Shape] | None = None
    groups: int = 0
    expression: Expression | None = None
    grouped: float | None = None
    framed: Pads = (0, 0, 0, 0)
    moment: Moment | None = None
    ones: Ones | None = None

    @property
    def is_map(self) -> bool:
        """Whether it is a map here; vectors may have axes of one element in the file."""
        return len(self.shape) == 3

    def side(self, label: str) -> int | None:
        """How long an axis of a map or a vector is."""
        if label == CHANNELS:
            return self.shape[-1]
        if label in (HEIGHT, WIDTH):
            return self.shape[label == WIDTH] if self.is_map else 1
        return 1

    @property
    def sides(self) -> tuple[int | None, ...]:
        """Its shape in the file, but for the batch, which is None."""
        if self.flattened is not None:
            return (None, *self.shape)
        return tuple(None if label == BATCH else self._side(label) for label in self.labels)

    def _side(self, label: str) -> int | None:
        channels = self.shape[-1]
        if label == OUTER:
            return self.groups
        if label == INNER:
            return None if channels is None else channels // self.groups
        return self.side(label)


class Constant:
    """An array of the file, which is read when its numbers are needed.

    Attributes:
        name: of the array.
        shape: of the array.
    """

    def __init__(self, name: str, shape: tuple[int, ...], read: Callable[[], Any]) -> None:
        self.name = name
        self.shape = shape
        self._read = read

    def read(self) -> Any:
        """Its numbers, those of reduced precision in float32."""
        return self._read()

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return int(np.prod(self.shape, dtype=object)) if self.shape else 1

    def changed(self, shape: tuple[int, ...], change: Callable[[Any], Any]) -> Constant:
        """An array made of this one when it is read."""
        return Constant(self.name, shape, lambda: change(self._read()))


class Sizes(NamedTuple):
    """Whole numbers that a graph computes from shapes.

    `BATCH` stands for the images of a batch, None for what is open. All those of a tensor know
    ``of`` which they are.
    """

    values: tuple[int | str | None, ...]
    scalar: bool = False
    of: Tensor | None = None


#: What a name in a graph stands for.
Value = Tensor | Constant | Sizes
