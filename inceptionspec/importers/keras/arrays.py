"""The weights of a model's layers, by what Keras calls them, until they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from inceptionspec.weights.files import WeightFile


class HeldArray(NamedTuple):
    """An array of a source: its shape, and what reads it."""

    shape: tuple[int, ...]
    read: Callable[[], Any]

    def reshaped(self, shape: tuple[int, ...]) -> HeldArray:
        """The same numbers in another shape."""
        return HeldArray(shape, lambda: self.read().reshape(shape))


class Source(Protocol):
    """Where the weights of a model are."""

    def of(self, layer: str) -> Mapping[str, HeldArray] | None:
        """The arrays of a layer by name; None where the source holds no weights at all."""


class NoWeights:
    """The source of a model that is described alone."""

    def of(self, layer: str) -> None:
        """Nothing."""
        return


class FileWeights:
    """The weights in a file."""

    def __init__(self, file: WeightFile, layers: Iterable[str]) -> None:
        self._file = file
        self._names: dict[str, dict[str, str]] = {layer: {} for layer in layers}
        for name in file.tensors:
            layer = name
            while layer and layer not in self._names:
                layer = layer.rpartition("/")[0]
            if layer:
                self._names[layer][name[len(layer) + 1 :]] = name

    def of(self, layer: str) -> Mapping[str, HeldArray]:
        """The arrays of a layer."""
        return {
            weight: HeldArray(self._file.tensors[name].shape, self._reader(name))
            for weight, name in self._names.get(layer, {}).items()
        }

    def _reader(self, name: str) -> Callable[[], Any]:
        return lambda: self._file.read([name])[name]
