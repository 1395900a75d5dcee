"""What every reader of a file of weights yields: arrays by name, read when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

BFLOAT16 = "bfloat16"
"""The one type that NumPy lacks; its arrays are read as float32."""
_FLOATING = frozenset({"float32", "float64", "float16", BFLOAT16})


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """An array of a file, before it is read.

    Attributes:
        type: the name of its type, as NumPy's, or ``bfloat16``.
        shape: its dimensions, as the file has them.
    """

    type: str
    shape: tuple[int, ...]

    @property
    def is_floating(self) -> bool:
        """Whether it holds floating-point numbers."""
        return self.type in _FLOATING


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
