"""Arrays that lie in a file as plain bytes: where they are, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from math import prod
from typing import Any, BinaryIO, TypeVar

import numpy as np

from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.weights.files.number_types import converted, stored_dtype
from inceptionspec.weights.files.opening import corrupt_as_finding, file_size, opened
from inceptionspec.weights.files.weight_file import StoredTensor, is_possible
from inceptionspec.weights.files.wire import CorruptFileError

_MOST_AXES = 32
_MOST_TENSORS = 1 << 17
_LARGEST_SIDE = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedTensor(StoredTensor):
    """An array that lies in a file as plain bytes, rows first.

    Attributes:
        file: the path of the file.
        offset: where its bytes start there.
        big_endian: their order within a number.
    """

    file: str
    offset: int
    big_endian: bool = False

    @property
    def size(self) -> int:
        """How many bytes it has in the file."""
        return prod(self.shape) * stored_dtype(self.type).itemsize


Located = TypeVar("Located", bound=LocatedTensor)


def checked_shape(name: str, sides: Iterable[Any]) -> tuple[int, ...]:
    """The shape that a file gives an array.

    Raises:
        CorruptFileError: it is none.
    """
    shape = tuple(sides)
    whole = all(type(side) is int and 0 <= side <= _LARGEST_SIDE for side in shape)
    if len(shape) > _MOST_AXES or not whole or not is_possible(shape):
        raise CorruptFileError(f"the shape of {quoted(name)} is malformed")
    return shape


def check_count(tensors: Mapping[str, Any]) -> None:
    """Refuse more arrays than any network has.

    Raises:
        CorruptFileError: there are too many.
    """
    if len(tensors) > _MOST_TENSORS:
        raise CorruptFileError(f"it holds more than {_MOST_TENSORS:,} arrays")


def check_extent(name: str, tensor: LocatedTensor, end: int) -> None:
    """Check that an array ends before its part of the file does.

    Raises:
        CorruptFileError: it does not.
    """
    if tensor.offset < 0 or tensor.offset + tensor.size > end:
        raise CorruptFileError(f"it ends before {quoted(name)} does")


def quoted(name: str) -> str:
    """A name from a file inside a message."""
    return f"`{shortened(name, 80)}`"


def read_located(file: BinaryIO, name: str, tensor: LocatedTensor) -> Any:
    """An array of an open file.

    Raises:
        CorruptFileError: the file ends earlier.
    """
    check_extent(name, tensor, file_size(file))
    array: Any = np.empty(tensor.shape, stored_dtype(tensor.type, big_endian=tensor.big_endian))
    file.seek(tensor.offset)
    # Straight into the array: what is read is in memory once.
    if array.size and file.readinto(array.reshape(-1).view("u1")) != array.nbytes:  # type: ignore[attr-defined]
        raise CorruptFileError(f"it ends before {quoted(name)} does")
    return converted(array, tensor.type)


def read_arrays(
    names: Iterable[str],
    tensors: Mapping[str, Located],
    place: Span,
    read: Callable[[BinaryIO, str, Located], np.ndarray[Any, Any]] = read_located,
) -> dict[str, np.ndarray[Any, Any]]:
    """Some arrays, each file of theirs opened once.

    Args:
        names: which.
        tensors: where they are.
        place: what findings show.
        read: the array of a name, from its open file.

    Raises:
        KeyError: there is no such array.
        SpecError: one cannot be read (E0703).
    """
    arrays = {}
    with ExitStack() as stack:
        files: dict[str, BinaryIO] = {}
        for name in names:
            tensor = tensors[name]
            with corrupt_as_finding(tensor.file, place):
                if tensor.file not in files:
                    files[tensor.file] = stack.enter_context(opened(tensor.file))
                arrays[name] = read(files[tensor.file], name, tensor)
    return arrays
