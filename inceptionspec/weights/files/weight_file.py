"""What every reader of a file of weights yields: arrays by name, read when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

BFLOAT16 = "bfloat16"
FLOAT8_E4M3, FLOAT8_E5M2 = "float8_e4m3fn", "float8_e5m2"
"""The types that NumPy lacks; their arrays are read as float32."""
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


class WeightFile(Protocol):
    """An open file of weights. Nothing in it is executed, and no framework parses it.

    Attributes:
        format: what kind of file it is, in words: ``TensorFlow checkpoint``.
        tensors: its arrays by name, in the file's own order. Names are those of the program
            that wrote it: ``InceptionV3/Logits/weights``, ``conv2d_3/kernel``, ``fc.weight``.
    """

    @property
    def format(self) -> str: ...

    @property
    def tensors(self) -> Mapping[str, StoredTensor]: ...

    def read(self, names: Iterable[str]) -> dict[str, Any]:
        """The values of some arrays, as NumPy arrays in the file's layout.

        Raises:
            KeyError: there is no such array.
            SpecError: one cannot be read (E0703).
        """
