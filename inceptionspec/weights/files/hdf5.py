"""HDF5 with h5py, where nobody vouches for the file: what may lead astray is refused.

A file may link to others, keep its values in others, name programs that decompress them, and
declare arrays that are far larger than itself. None of that is in a file of weights.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from math import prod
from typing import Any, BinaryIO, ParamSpec, TypeVar

import numpy as np

from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.weights.files.weight_file import BFLOAT16, StoredTensor
from inceptionspec.weights.files.wire import CorruptFileError

SIGNATURE = b"\x89HDF\r\n\x1a\n"
"""The first bytes of a file."""
_MOST_BYTES_OF_TEXT = 1 << 26
_MOST_TEXTS = 1 << 17
_MOST_MEMBERS = 1 << 17
_MOST_AXES = 32
_MOST_TIMES = 16
_ALWAYS_BYTES = 1 << 28
"""An array may take this much, and the arrays of a file together ``_MOST_TIMES`` its size."""
_DEFLATE, _SHUFFLE = 1, 2
_FILTERS = frozenset({_DEFLATE, _SHUFFLE})

P = ParamSpec("P")
R = TypeVar("R")


def _h5py_call(function: Callable[P, R]) -> Callable[P, R]:
    """A function that calls h5py, which passes a fault of a file on as one of many exceptions."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except CorruptFileError:
            raise
        except Exception as error:
            raise CorruptFileError(f"HDF5 refuses it: {error}") from None

    return wrapped


class Group:
    """A group of an open file: members and attributes that are safe to use."""

    def __init__(self, group: Any, size: int) -> None:
        self._group = group
        self._size = size

    @property
    def key(self) -> Any:
        """What tells this group from all others of its file."""
        return _identity(self._group)

    def names(self) -> list[str]:
        """The names of its members, in the file's order.

        Raises:
            CorruptFileError: they cannot be read.
        """
        return _names(self._group)

    def group(self, name: str) -> Group | None:
        """A member that is a group; None where there is none of that name.

        Raises:
            CorruptFileError: it is a link, or cannot be read.
        """
        import h5py

        member = _member(self._group, name)
        return Group(member, self._size) if isinstance(member, h5py.Group) else None

    def dataset(self, path: str) -> Dataset | None:
        """An array below this group; None where there is none.

        Raises:
            CorruptFileError: the way there leads over a link, or cannot be read.
        """
        import h5py

        member = self._group
        for name in path.split("/"):
            if not isinstance(member, h5py.Group):
                return None
            member = _member(member, name)
        return Dataset(member, self._size, path) if isinstance(member, h5py.Dataset) else None

    def texts(self, name: str) -> list[str] | None:
        """An attribute that holds texts; None where there is none of that name.

        Long lists are in parts, in ``name0``, ``name1`` and so on.

        Raises:
            CorruptFileError: it holds something else, or cannot be read.
        """
        whole = _texts(self._group, name)
        if whole is not None:
            return whole
        texts: list[str] = []
        number = 0
        while (part := _texts(self._group, f"{name}{number}")) is not None:
            texts += part
            number += 1
        return texts if number else None

    def text(self, name: str) -> str | None:
        """An attribute that holds a text; None where there is none of that name.

        Raises:
            CorruptFileError: it holds something else, or cannot be read.
        """
        texts = _texts(self._group, name)
        return "".join(texts) if texts is not None and len(texts) == 1 else None


class Dataset:
    """An array of an open file.

    Attributes:
        stored: its type and its shape.
        size: its bytes once it is read.
    """

    def __init__(self, dataset: Any, file_size: int, name: str) -> None:
        """Look at an array.

        Raises:
            CorruptFileError: it is of a kind that is not read.
        """
        self._dataset = dataset
        self._name = name
        self.stored = _described(dataset, file_size, name)
        self.size = prod(self.stored.shape) * _storage_type(self.stored).itemsize

    def read(self) -> np.ndarray[Any, Any]:
        """The values.

        Raises:
            CorruptFileError: they cannot be read.
        """
        values = _values(self._dataset, self.size, self._name)
        if self.stored.type == BFLOAT16:
            values = (values.view("<u2").astype("<u4") << 16).view("<f4")
        return values


@contextmanager
def opened_hdf5(source: str | BinaryIO, size: int) -> Iterator[Group]:
    """The root of a file.

    Args:
        source: a path, or an open file.
        size: its bytes.

    Raises:
        CorruptFileError: it is not HDF5, or damaged.
        MissingPackageError: h5py is not installed (E0704).
    """
    with packages("h5py", extra="weights", use="HDF5 files need it"):
        import h5py  # noqa: F401
    file = _opened(source)
    try:
        yield Group(file["/"], size)
    finally:
        _closed(file)


def check_total(datasets: int, size: int) -> None:
    """Refuse a file whose arrays would take far more than itself.

    Args:
        datasets: the bytes of all its arrays.
        size: the bytes of the file.

    Raises:
        CorruptFileError: they would.
    """
    if datasets > _ALWAYS_BYTES + _MOST_TIMES * size:
        raise CorruptFileError(f"it has {size:,} bytes and declares arrays of {datasets:,} bytes")


@_h5py_call
def _opened(source: str | BinaryIO) -> Any:
    import h5py

    return h5py.File(source, "r")


@_h5py_call
def _closed(file: Any) -> None:
    file.close()


@_h5py_call
def _identity(group: Any) -> Any:
    return group.id.__hash__()


@_h5py_call
def _names(group: Any) -> list[str]:
    if len(group) > _MOST_MEMBERS:
        raise CorruptFileError(f"a group has {len(group):,} members")
    return [str(name) for name in group]


@_h5py_call
def _member(group: Any, name: str) -> Any:
    import h5py

    if name in ("", ".") or name not in group:
        return None
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise CorruptFileError(f"`{name}` is a link to elsewhere, which is not followed")
    return group[name]


@_h5py_call
def _texts(group: Any, name: str) -> list[str] | None:
    import h5py

    if name not in group.attrs:
        return None
    attribute = group.attrs.get_id(name)
    count = prod(attribute.shape)
    if count == 0:
        return []
    kind = attribute.dtype
    if h5py.check_string_dtype(kind) is None and kind.kind != "S":
        raise CorruptFileError(f"its attribute `{name}` is no text")
    if count > _MOST_TEXTS or count * kind.itemsize > _MOST_BYTES_OF_TEXT:
        raise CorruptFileError(f"its attribute `{name}` is too large")
    texts = np.ravel(np.asarray(group.attrs[name], object))
    return [text.decode() if isinstance(text, bytes) else str(text) for text in texts]


@_h5py_call
def _described(dataset: Any, file_size: int, name: str) -> StoredTensor:
    shape = dataset.shape
    if shape is None or len(shape) > _MOST_AXES:
        raise CorruptFileError(f"the shape of `{name}` is not known")
    properties = dataset.id.get_create_plist()
    if dataset.is_virtual or properties.get_external_count():
        raise CorruptFileError(f"the values of `{name}` are in another file, which is not read")
    stored = StoredTensor(_type(dataset, name), tuple(int(side) for side in shape))
    size = prod(stored.shape) * _storage_type(stored).itemsize
    check_total(size, file_size)
    if size and not dataset.id.get_storage_size():
        raise CorruptFileError(f"it declares `{name}` and does not hold its values")
    if dataset.chunks is not None:
        filters = {properties.get_filter(i)[0] for i in range(properties.get_nfilters())}
        if filters - _FILTERS:
            raise CorruptFileError(f"`{name}` is compressed in a way that is not read")
        check_total(prod(dataset.chunks) * dataset.dtype.itemsize, file_size)
    return stored


def _type(dataset: Any, name: str) -> str:
    kind = dataset.dtype
    if "dtype" in dataset.attrs and _texts(dataset, "dtype") == [BFLOAT16] and kind.itemsize == 2:
        return BFLOAT16
    if kind.kind not in "fiub" or kind.hasobject:
        raise CorruptFileError(f"`{name}` holds no numbers")
    return str(kind.newbyteorder("="))


def _storage_type(stored: StoredTensor) -> np.dtype[Any]:
    return np.dtype("uint16" if stored.type == BFLOAT16 else stored.type)


@_h5py_call
def _values(dataset: Any, size: int, name: str) -> np.ndarray[Any, Any]:
    values: np.ndarray[Any, Any] = np.empty(dataset.shape, dataset.dtype)
    if not size:
        return values
    if dataset.chunks is not None:
        _read_chunks(dataset, values, name)
    else:
        dataset.read_direct(values)
    return values


def _read_chunks(dataset: Any, values: np.ndarray[Any, Any], name: str) -> None:
    """Read an array that is stored in parts.

    HDF5 would decompress a part to whatever it grows to; here it ends at its declared size.
    """
    properties = dataset.id.get_create_plist()
    filters = [properties.get_filter(i)[0] for i in range(properties.get_nfilters())]
    length = prod(dataset.chunks) * dataset.dtype.itemsize
    values[...] = dataset.fillvalue
    for number in range(dataset.id.get_num_chunks()):
        start = dataset.id.get_chunk_info(number).chunk_offset
        skipped, data = dataset.id.read_direct_chunk(start)
        for place in reversed(range(len(filters))):
            if skipped >> place & 1:
                continue
            if filters[place] == _DEFLATE:
                data = zlib.decompressobj().decompress(data, length + 1)
            else:
                columns = np.frombuffer(data, np.uint8).reshape(dataset.dtype.itemsize, -1)
                data = np.ascontiguousarray(columns.T).tobytes()
        if len(data) != length:
            raise CorruptFileError(f"a part of `{name}` has another size than it declares")
        part = np.frombuffer(data, dataset.dtype).reshape(dataset.chunks)
        target = values[
            tuple(slice(at, at + side) for at, side in zip(start, part.shape, strict=True))
        ]
        target[...] = part[tuple(slice(side) for side in target.shape)]
