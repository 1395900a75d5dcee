"""From a source to its spec: which reader it is for, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from inceptionspec.diagnostics.diagnostic import SpecError, finding, spec_error
from inceptionspec.diagnostics.sanitize import sanitize, short_path
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.importers.idioms import with_idioms
from inceptionspec.importers.imported_network import ImportedNetwork
from inceptionspec.importers.keras.files import is_keras, read_keras
from inceptionspec.importers.keras.live import SCHEME, read_application, read_model
from inceptionspec.importers.onnx.files import is_onnx, read_onnx
from inceptionspec.importers.recovery.recovered import recovered
from inceptionspec.weights.files.glance import Glance, foreign_kind, glance


class ModelReader(NamedTuple):
    """A kind of files with models.

    Attributes:
        format: what it is, in words.
        content: whether what a path holds is of this kind, at a glance.
        read: reads it; findings point at a place.
    """

    format: str
    content: Callable[[Glance], bool]
    read: Callable[[Glance, Span], ImportedNetwork]


#: All kinds of files. The first whose content fits reads a file.
MODEL_READERS: tuple[ModelReader, ...] = (
    ModelReader("Keras `.keras`, `.h5` and JSON, TensorFlow.js", is_keras, read_keras),
    ModelReader("ONNX", is_onnx, read_onnx),
)


@dataclass(frozen=True, slots=True)
class Imported:
    """A foreign model as a spec.

    Attributes:
        text: the spec.
        loaded: the same, read.
        weights: functions that read its arrays, by path and name; empty where the source has
            none.
        renamed: by the name of each of its layers the path of what it became, or is a part of.
        builtin: the built-in spec that it is, or varies; empty where it is neither.
        differs: what it has that that spec has not, in words; empty for nothing.
        notes: what the source says that a spec cannot hold, in words.
        layers: how many layers the source has.
    """

    text: str
    loaded: LoadedSpec
    weights: Mapping[tuple[str, str], Any]
    renamed: Mapping[str, str]
    builtin: str
    differs: str
    notes: tuple[str, ...]
    layers: int

    @property
    def varies(self) -> bool:
        """Whether it is a variant of that spec."""
        return bool(self.differs)

    def arrays(self) -> dict[tuple[str, str], Any]:
        """Its weights, read."""
        return {key: held() if callable(held) else held for key, held in self.weights.items()}


def import_source(source: str, place: Span, name: str = "") -> Imported:
    """The spec of a model.

    Args:
        source: a path, or ``keras:NAME`` for a model of ``keras.applications``.
        place: where findings point.
        name: what to call the network; empty for its own name.

    Raises:
        SpecError: it cannot be read, or has no counterpart.
    """
    if source.startswith(SCHEME):
        return _imported(read_application(source, place), name)
    try:
        seen = glance(source)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"`{_shown(source)}` cannot be read"
        raise spec_error("E0703", message, place, notes=(sanitize(reason.lower()),)) from None
    for reader in MODEL_READERS:
        if reader.content(seen):
            return _imported(reader.read(seen, place), name)
    raise _unknown(seen, place)


def import_live(model: Any, place: Span, name: str = "") -> Imported:
    """The spec of a model of Keras in memory.

    Raises:
        SpecError: it has no counterpart.
    """
    return _imported(read_model(model, "", place), name)


def _imported(network: ImportedNetwork, name: str) -> Imported:
    if name:
        network = replace(network, name=name)
    found = recovered(with_idioms(network))
    if network.idle_factors and not found.equals:
        other = recovered(with_idioms(network.without_factors()))
        found = other if other.equals else found
    return Imported(
        found.text,
        found.loaded,
        found.weights,
        found.mapping,
        found.equals,
        found.differs,
        network.notes,
        len(network.layers),
    )


def _unknown(seen: Glance, place: Span) -> SpecError:
    """The finding for what no reader knows."""
    if not seen.is_file and not seen.is_folder:
        message = f"there is no file `{_shown(seen.path)}`"
        help_ = "name a file with a model, or one of Keras' own as `keras:ResNet50`"
        return SpecError([finding("E0703", message, place, help_)])
    kind, remedy = foreign_kind(seen)
    held = "holds no model that is read"
    if kind:
        held = f"is {kind}, not a model of a kind that is read"
    known = "these are read: " + ", ".join(reader.format for reader in MODEL_READERS)
    message = f"`{_shown(seen.path)}` {held}"
    return SpecError([finding("E0703", message, place, *filter(None, [remedy]), notes=(known,))])


def _shown(path: str) -> str:
    return sanitize(short_path(path))
