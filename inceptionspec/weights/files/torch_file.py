"""PyTorch's files of tensors, without PyTorch: zip files, and the older rows of pickles.

A zip file, since PyTorch 1.6, has a pickle ``data.pkl`` and each storage as an entry
``data/<key>``. An older file is five pickles, the fourth of which is the value and the last the
keys of the storages, and then the storages themselves, each after its length in 8 bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from inceptionspec.diagnostics.source import Span
from inceptionspec.weights.files.located_tensor import (
    LocatedTensor,
    check_count,
    quoted,
    read_arrays,
    read_located,
)
from inceptionspec.weights.files.number_types import stored_dtype
from inceptionspec.weights.files.opening import corrupt_as_finding, exactly, file_size, opened
from inceptionspec.weights.files.torch_pickle import (
    StorageSize,
    View,
    named_tensors,
    unpickler,
)
from inceptionspec.weights.files.wire import CorruptFileError
from inceptionspec.weights.files.zip_file import SIGNATURE, Archive

LEGACY_START = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
"""The first pickle of an older file: its magic number."""
_LEGACY_PROTOCOL = 1001
PICKLE = "data.pkl"
_MOST_BYTES_OF_PICKLE = 1 << 25
_MOST_EXPANDED = 1 << 24
"""Bytes of arrays that repeat numbers of the file, beyond its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StridedTensor(LocatedTensor):
    """An array that lies in a file with gaps or in another order than rows first.

    Attributes:
        strides: from one element to the next along each axis, in numbers.
        span: how many numbers lie from its first to its last.
    """

    strides: tuple[int, ...]
    span: int


class TorchFile:
    """An open file of PyTorch: a state dictionary, alone or inside what a program saved.

    Attributes:
        format: what it is, in words.
        tensors: its arrays by name, in the order of the dictionary.
    """

    format = "PyTorch file"

    def __init__(self, reference: str, place: Span) -> None:
        """Open a file and read which arrays it holds.

        Raises:
            SpecError: it cannot be read (E0703).
        """
        self._place = place
        with corrupt_as_finding(reference, place), opened(reference) as file:
            start = exactly(file, 0, min(len(LEGACY_START), file_size(file)))
            if start == LEGACY_START:
                held = _of_pickles(file)
            elif start.startswith(SIGNATURE):
                held = _of_zip(file)
            else:
                raise CorruptFileError("it is no file of PyTorch")
            check_count(held.views)
            self.tensors = {
                name: _located(view, held, reference) for name, view in held.views.items()
            }
            _check_total(self.tensors, file_size(file))

    def read(self, names: Iterable[str]) -> dict[str, np.ndarray[Any, Any]]:
        """The values of some arrays.

        Raises:
            KeyError: there is no such array.
            SpecError: one cannot be read (E0703).
        """
        return read_arrays(names, self.tensors, self._place, _strided)


class _Contents(NamedTuple):
    """What a file holds: tensors by name, and the order of the bytes of numbers.

    ``storages`` has where each storage starts, and how many bytes it has.
    """

    views: dict[str, View]
    storages: Mapping[str, tuple[int, int]]
    big_endian: bool


def _of_zip(file: BinaryIO) -> _Contents:
    archive = Archive(file)
    pickle = next((name for name in archive if os.path.basename(name) == PICKLE), None)
    if pickle is None:
        raise CorruptFileError(f"it is a zip file without `{PICKLE}`")
    folder = pickle.removesuffix(PICKLE)
    if f"{folder}constants.pkl" in archive:
        raise CorruptFileError(
            "it is a TorchScript program, not only weights",
            "save its weights alone: "
            "`torch.save(torch.jit.load('model.pt').state_dict(), 'model.pth')`",
        )
    if archive.size(pickle) > _MOST_BYTES_OF_PICKLE:
        raise CorruptFileError(f"its pickle claims {archive.size(pickle):,} bytes")
    order = f"{folder}byteorder"
    big_endian = order in archive and archive.size(order) == 3  # `big`, not `little`
    sizes: dict[str, StorageSize] = {}
    value = unpickler(exactly(file, *archive.place(pickle)), sizes).load()
    storages = {}
    for key, size in sizes.items():
        member = f"{folder}data/{key}"
        if member not in archive or archive.size(member) != size.bytes:
            raise CorruptFileError(f"its storage {quoted(key)} is missing, or of another size")
        storages[key] = archive.place(member)
    return _Contents(named_tensors(value), storages, big_endian)


def _of_pickles(file: BinaryIO) -> _Contents:
    """What an older file holds; its storages are little-endian on every machine."""
    end = file_size(file)
    sizes: dict[str, StorageSize] = {}
    pickles = unpickler(exactly(file, 0, min(end, _MOST_BYTES_OF_PICKLE)), sizes)
    pickles.load()  # the magic number
    if pickles.load() != _LEGACY_PROTOCOL:
        raise CorruptFileError("it is of a version of PyTorch that is not read")
    pickles.load()  # the byte order and the widths of numbers where it was written
    views, keys, at = named_tensors(pickles.load()), pickles.load(), pickles.at
    if not isinstance(keys, list) or sorted(map(str, keys)) != sorted(sizes):
        raise CorruptFileError("its list of storages is malformed")
    storages = {}
    for key in keys:
        count = int.from_bytes(exactly(file, at, 8), "little")
        if count != sizes[key].numbers:
            raise CorruptFileError(f"its storage {quoted(key)} is of another size")
        storages[key] = at + 8, sizes[key].bytes
        at += 8 + sizes[key].bytes
    if at > end:
        raise CorruptFileError("it ends too early")
    return _Contents(views, storages, False)


def _located(view: View, held: _Contents, path: str) -> StridedTensor:
    """Where a tensor lies in the file; its storage is known to be as large as it says."""
    width = stored_dtype(view.type).itemsize
    start = held.storages[view.key][0] + view.part + view.first * width
    return StridedTensor(
        view.type,
        view.shape,
        file=path,
        offset=start,
        big_endian=held.big_endian,
        strides=view.strides,
        span=view.span,
    )


def _check_total(tensors: Mapping[str, StridedTensor], size: int) -> None:
    """Refuse a small file of which many or large arrays would be made.

    Tensors may share a storage, and repeat its numbers by a stride of 0.
    """
    total = sum(
        max(tensor.span, prod(tensor.shape)) * stored_dtype(tensor.type).itemsize
        for tensor in tensors.values()
    )
    if total > 2 * size + _MOST_EXPANDED:
        raise CorruptFileError(f"its tensors repeat its {size:,} bytes to {total:,}")


def _strided(file: BinaryIO, name: str, tensor: StridedTensor) -> Any:
    """An array of an open file, copied to rows first where it lies there otherwise."""
    flat = read_located(file, name, replace(tensor, shape=(tensor.span,)))
    if not tensor.span:
        return flat.reshape(tensor.shape)
    steps = [stride * flat.itemsize for stride in tensor.strides]
    view = np.lib.stride_tricks.as_strided(flat, tensor.shape, steps, writeable=False)
    return flat.reshape(tensor.shape) if _is_contiguous(tensor) else view.copy()


def _is_contiguous(tensor: StridedTensor) -> bool:
    return tensor.span == prod(tensor.shape) and all(
        side == 1 or stride == prod(tensor.shape[axis + 1 :])
        for axis, (side, stride) in enumerate(zip(tensor.shape, tensor.strides, strict=True))
    )
