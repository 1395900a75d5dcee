"""The messages of HDF5's object headers: shapes, types, places of values, filters, attributes.

Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html, chapter IV.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from inceptionspec.weights.files.weight_file import is_possible
from inceptionspec.weights.files.wire import CorruptFileError, part

DATASPACE, LINK_INFO, TYPE, LINK, EXTERNAL = 0x1, 0x2, 0x3, 0x6, 0x7
LAYOUT, FILTERS, ATTRIBUTE, CONTINUATION, SYMBOL_TABLE, ATTRIBUTE_INFO = (
    0x8,
    0xB,
    0xC,
    0x10,
    0x11,
    0x15,
)
"""Kinds of messages."""
NOWHERE = 0xFFFF_FFFF_FFFF_FFFF
"""The address of what is not there."""
NEWER = (
    "it has links to other files, or is HDF5 of a newer layout than Keras writes; save the "
    "weights again with Keras, or try `h5repack OLD NEW`"
)
_MOST_AXES = 32
_MOST_FILTERS = 32
#: Exponents and mantissas of floats by their bytes: where they are, their bits, the bias.
_FLOATS = {
    2: (10, 5, 0, 10, 15),
    4: (23, 8, 0, 23, 127),
    8: (52, 11, 0, 52, 1023),
}
_STRING, _OPAQUE, _ENUM, _VARIABLE = 3, 5, 8, 9


class Type(NamedTuple):
    """What an element is.

    Attributes:
        kind: the name of a type of NumPy with its byte order; ``text`` for texts of a fixed
            length, ``texts`` for others, ``opaque`` for bytes.
        size: its bytes.
    """

    kind: str
    size: int


class Layout(NamedTuple):
    """Where the values of an array are.

    Attributes:
        address: of the values, or of the tree of their parts.
        size: their bytes, where they are in one piece.
        chunk: the shape of a part; empty where they are in one piece.
        data: the values, where the header holds them.
    """

    address: int
    size: int
    chunk: tuple[int, ...] = ()
    data: memoryview | None = None


class Attribute(NamedTuple):
    """An attribute: its type, how many elements it has, their bytes."""

    type: Type
    length: int
    data: memoryview


def number(data: memoryview, at: int, size: int) -> int:
    """An unsigned number.

    Raises:
        CorruptFileError: the bytes end earlier.
    """
    return int.from_bytes(part(data, at, size), "little")


def dataspace(data: memoryview) -> tuple[int, ...]:
    """A shape.

    Raises:
        CorruptFileError: it is malformed.
    """
    version, axes = number(data, 0, 1), number(data, 1, 1)
    if version not in (1, 2) or axes > _MOST_AXES:
        raise CorruptFileError("a shape is malformed")
    if version == 2 and number(data, 3, 1) > 1:
        return (0,)  # an array without elements
    start = 8 if version == 1 else 4
    sides = tuple(number(data, start + 8 * axis, 8) for axis in range(axes))
    if not is_possible(sides):
        raise CorruptFileError("a shape is malformed")
    return sides


def datatype(data: memoryview) -> Type:
    """A type.

    Raises:
        CorruptFileError: it is malformed, or none that arrays of weights or texts have.
    """
    kind = number(data, 0, 1) & 0xF
    bits, size = number(data, 1, 3), number(data, 4, 4)
    order = ">" if bits & 1 else "<"
    if kind == 0 and size in (1, 2, 4, 8) and number(data, 8, 4) == size << 19:
        return Type(f"{order}{'i' if bits & 8 else 'u'}{size}", size)
    if kind == 1 and size in _FLOATS and not bits & 0x40 and number(data, 8, 4) == size << 19:
        where = (*bytes(part(data, 12, 4)), number(data, 16, 4))
        if where == _FLOATS[size]:
            return Type(f"{order}f{size}", size)
    if kind == _STRING and size:
        return Type("text", size)
    if kind == _OPAQUE and size:
        return Type("opaque", size)
    if kind == _ENUM and size == 1 and bits & 0xFFFF == 2:
        names = bytes(data)
        if b"FALSE\0" in names and b"TRUE\0" in names:  # as h5py writes truth values
            return Type("?", 1)
    if kind == _VARIABLE and bits & 0xF == 1 and size == 16:
        return Type("texts", size)
    raise CorruptFileError("a type is none that weights have")


def layout(data: memoryview) -> Layout:
    """Where values are.

    Raises:
        CorruptFileError: it is malformed, or of a newer kind.
    """
    version, kind = number(data, 0, 1), number(data, 1, 1)
    if version != 3:
        raise CorruptFileError(NEWER if version > 3 else "where its values are is malformed")
    if kind == 0:
        size = number(data, 2, 2)
        return Layout(0, size, data=part(data, 4, size))
    if kind == 1:
        return Layout(number(data, 2, 8), number(data, 10, 8))
    axes = number(data, 2, 1) - 1
    if kind != 2 or not 0 < axes <= _MOST_AXES:
        raise CorruptFileError("where its values are is malformed")
    chunk = tuple(number(data, 11 + 4 * axis, 4) for axis in range(axes))
    if not all(chunk):
        raise CorruptFileError("a part has no elements")
    return Layout(number(data, 3, 8), 0, chunk)


def filters(data: memoryview) -> tuple[int, ...]:
    """The numbers of the filters that values went through, in order.

    Raises:
        CorruptFileError: they are malformed.
    """
    version, count = number(data, 0, 1), number(data, 1, 1)
    if version not in (1, 2) or count > _MOST_FILTERS:
        raise CorruptFileError("its filters are malformed")
    at = 8 if version == 1 else 2
    found = []
    for _ in range(count):
        kind = number(data, at, 2)
        named = version == 1 or kind >= 256
        name = number(data, at + 2, 2) if named else 0
        at += 4 if named else 2
        values = number(data, at + 2, 2)
        at += 4 + (name + 7 & ~7 if version == 1 else name) + 4 * values
        at += 4 * (values % 2) if version == 1 else 0
        found.append(kind)
    return tuple(found)


def attribute(data: memoryview) -> tuple[str, Attribute | None]:
    """An attribute's name, and what it holds; None where that is of a kind that is not read.

    Raises:
        CorruptFileError: it is malformed.
    """
    version = number(data, 0, 1)
    if version not in (1, 2, 3):
        raise CorruptFileError("an attribute is malformed")
    sizes = [number(data, at, 2) for at in (2, 4, 6)]
    at = 9 if version == 3 else 8
    parts = []
    for size in sizes:
        parts.append(part(data, at, size))
        at += size + 7 & ~7 if version == 1 else size
    name = bytes(parts[0]).partition(b"\0")[0].decode("utf-8", "replace")
    if version > 1 and number(data, 1, 1) & 3:  # its type is elsewhere
        return name, None
    try:
        kind = datatype(parts[1])
    except CorruptFileError:
        return name, None
    count = prod(dataspace(parts[2]))
    return name, Attribute(kind, count, part(data, at, count * kind.size))
