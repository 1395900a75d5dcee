"""Arrays of an HDF5 file under names, whatever layout gave them these names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from inceptionspec.diagnostics.source import Span
from inceptionspec.weights.files.hdf5 import Group, Hdf5
from inceptionspec.weights.files.hdf5_file import check_total
from inceptionspec.weights.files.opening import corrupt_as_finding
from inceptionspec.weights.files.weight_file import StoredLayer, StoredTensor
from inceptionspec.weights.files.wire import CorruptFileError


class Index(NamedTuple):
    """What a layout finds in a file.

    Attributes:
        format: the format, in words.
        places: where each array is, by name.
        layers: the layers, as ``stored_layers`` gives them.
    """

    format: str
    places: Mapping[str, str]
    layers: tuple[StoredLayer, ...] = ()


class Hdf5Weights:
    """An open file of weights whose arrays are in HDF5.

    Attributes:
        format: what it is, in words.
        tensors: its arrays by name, in the order of its layers.
        layers: its layers.
    """

    def __init__(
        self,
        path: str,
        source: Callable[[], AbstractContextManager[Hdf5]],
        index: Callable[[Group], Index],
        place: Span,
        check: Callable[[], None] | None = None,
    ) -> None:
        """Find the arrays of a file; none is read.

        Args:
            path: the file, as findings name it.
            source: opens it, each time that something is read.
            index: finds the arrays.
            place: where findings point.
            check: looks for damage, once, before the first array is read.

        Raises:
            SpecError: it cannot be read (E0703).
        """
        self._path = path
        self._check = check
        self._source = source
        self._place = place
        self.tensors: dict[str, StoredTensor] = {}
        with corrupt_as_finding(path, place), source() as content:
            root = content.root
            self.format, self._places, self.layers = index(root)
            total = 0
            for name, at in self._places.items():
                dataset = root.dataset(at)
                if dataset is None:
                    raise CorruptFileError(f"it lists `{name}` and does not hold it")
                self.tensors[name] = dataset.stored
                total += dataset.size
            check_total(total, content.size)

    def read(self, names: Iterable[str]) -> dict[str, Any]:
        """The values of some arrays.

        Raises:
            KeyError: there is no such array.
            SpecError: one cannot be read (E0703).
        """
        places = {name: self._places[name] for name in names}
        arrays: dict[str, Any] = {}
        if self._check is not None:
            with corrupt_as_finding(self._path, self._place):
                self._check()
            self._check = None
        with corrupt_as_finding(self._path, self._place), self._source() as content:
            for name, at in places.items():
                dataset = content.root.dataset(at)
                if dataset is None or dataset.stored != self.tensors[name]:
                    raise CorruptFileError(f"`{name}` is no longer what it was")
                arrays[name] = dataset.read()
        return arrays


def add(places: dict[str, str], name: str, at: str) -> None:
    """Note where an array is.

    Raises:
        CorruptFileError: another one has its name.
    """
    if name in places:
        raise CorruptFileError(f"two of its arrays are called `{name}`")
    places[name] = at
