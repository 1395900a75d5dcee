"""What every reader of a file of weights yields: arrays by name, read when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, Protocol, runtime_checkable

BFLOAT16 = "bfloat16"
FLOAT8_E4M3, FLOAT8_E5M2 = "float8_e4m3fn", "float8_e5m2"
"""The types that NumPy lacks; their arrays are read as float32."""
_MOST_PLACES = 1 << 48
_FLOATING = frozenset({"float32", "float64", "float16", BFLOAT16, FLOAT8_E4M3, FLOAT8_E5M2})


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """An array of a file, before it is read.

    Attributes:
        type: the name of its type, as NumPy's, or one that NumPy lacks, such as ``bfloat16``.
        shape: its dimensions, as the file has them.
    """

    type: str
    shape: tuple[int, ...]

    @property
    def is_floating(self) -> bool:
        """Whether it holds floating-point numbers."""
        return self.type in _FLOATING


def is_possible(shape: tuple[int, ...]) -> bool:
    """Whether an array of a shape can be made, as far as the shape alone says.

    Without elements it takes no space in a file, yet NumPy refuses other sides that are too long.
    """
    return 0 not in shape or prod(side or 1 for side in shape) <= _MOST_PLACES


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """A layer of a file that holds a model.

    Attributes:
        name: its name; its arrays are called ``<name>/kernel`` and so on. Where several layers of
            a file have one name, the names of the models that hold them stand in front.
        kind: the class that the file names: ``Conv2D``.
        config: what the file says about it, as plain data; empty where it says nothing.
        model: the nested model that it is in, by the names that lead there; empty at the top.
        inputs: the names of the layers that it reads, in order, where the file says so.
    """

    name: str
    kind: str
    config: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    inputs: tuple[str, ...] = ()


class WeightFile(Protocol):
    """An open file of weights. Nothing in it is executed, and no framework parses it."""

    @property
    def format(self) -> str:
        """What kind of file it is, in words: ``TensorFlow checkpoint``."""

    @property
    def tensors(self) -> Mapping[str, StoredTensor]:
        """Its arrays by name, in the file's own order.

        Names are those of the program that wrote it: ``InceptionV3/Logits/weights``,
        ``conv2d_3/kernel``, ``fc.weight``.
        """

    def read(self, names: Iterable[str]) -> dict[str, Any]:
        """The values of some arrays, as NumPy arrays in the file's layout.

        Raises:
            KeyError: there is no such array.
            SpecError: one cannot be read (E0703).
        """


@runtime_checkable
class ModelFile(WeightFile, Protocol):
    """A file of weights that lists its layers, as ``stored_layers`` gives them."""

    @property
    def layers(self) -> tuple[StoredLayer, ...]:
        """Its layers."""


def stored_layers(file: WeightFile) -> tuple[StoredLayer, ...]:
    """The layers of a file, those without weights included; none where it lists none.

    They are in the order of Keras' ``model.layers``, which is by depth in a model with branches
    and not the order of creation. A nested model is followed by its own layers. Those of a graph,
    ONNX's or TensorFlow's, are its operators, in the order of the file.
    """
    return file.layers if isinstance(file, ModelFile) else ()
