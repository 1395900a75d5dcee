"""An imported network in the making: layers are added, and their shapes are followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from inceptionspec.frontend.language.value_check import admits
from inceptionspec.importers.imported_network import ImportedLayer
from inceptionspec.importers.keras.arrays import HeldArray, Source
from inceptionspec.importers.keras.config import Config, Given, short
from inceptionspec.importers.keras.topology import Array, Call, Ref, Slice, Unread
from inceptionspec.importers.problems import Problems, RefusedError
from inceptionspec.importers.shapes import layer_shape, layer_weights, without_defaults
from inceptionspec.ops import OPS
from inceptionspec.ops.record import OperatorError, Shape, shape_text


class Value(NamedTuple):
    """What a layer puts out.

    Attributes:
        name: the imported layer; "" is the network's input.
        shape: ours, without the batch; None where a problem keeps it from being known.
        as_map: whether Keras has a map of 1x1 where we have a vector.
    """

    name: str
    shape: Shape | None
    as_map: bool = False

    @property
    def keras_shape(self) -> Shape | None:
        """The shape that Keras has."""
        return (1, 1, *self.shape) if self.as_map and self.shape is not None else self.shape

    @property
    def is_map(self) -> bool:
        """Whether we have a map; true where nothing is known."""
        return self.shape is None or len(self.shape) == 3


class Builder:
    """The layers of an imported network.

    Attributes:
        layers: what was added, by name.
        shapes: of what these put out; None where a problem keeps it from being known.
        notes: what the source says that a spec cannot hold, each with the layers.
        twins: pools that were made a second time, as a map, to those that are vectors.
        dialect: the major version of Keras that wrote the model.
    """

    def __init__(self, source: Source, problems: Problems, dialect: int) -> None:
        self.layers: dict[str, ImportedLayer] = {}
        self.shapes: dict[str, Shape | None] = {}
        self.notes: dict[str, list[str]] = {}
        self.twins: dict[str, str] = {}
        self.dialect = dialect
        self._source = source
        self._problems = problems

    def note(self, text: str, layer: str) -> None:
        """Say what a spec cannot hold."""
        self.notes.setdefault(text, []).append(layer)

    def add(
        self,
        name: str,
        op: str,
        attributes: Mapping[str, Any],
        inputs: Sequence[Value],
        weights: Mapping[str, HeldArray] | None = None,
    ) -> Value:
        """Add a layer.

        Args:
            name: its name; a number is added where it is taken.
            op: its operator.
            attributes: in YAML terms.
            inputs: what it reads.
            weights: its arrays by our names; None where the source holds none.

        Raises:
            RefusedError: it does not fit what it reads, or its arrays do not fit it.
        """
        name = self._free(name)
        self._check_values(op, attributes)
        given = without_defaults(op, attributes)
        shapes = [value.shape for value in inputs]
        shape: Shape | None = None
        if None not in shapes:
            known: list[Shape] = [shape for shape in shapes if shape is not None]
            try:
                shape = layer_shape(op, given, known)
                self._check_weights(op, given, known, weights)
            except OperatorError as error:
                whose = "the inputs of " if error.message.startswith("cannot") else ""
                colon = "" if whose else ":"
                reason = f"{whose}`{op}`{colon} {error.message}"
                raise RefusedError(error.code, reason) from None
        arrays = {weight: held.read for weight, held in (weights or {}).items()}
        sources = tuple(value.name for value in inputs)
        self.layers[name] = ImportedLayer(name, op, given, sources, arrays)
        self.shapes[name] = shape
        return Value(name, shape)

    def _check_values(self, op: str, attributes: Mapping[str, Any]) -> None:
        """Refuse what no spec may write: a rate of 1, a kernel of 0."""
        kinds = {attribute.name: attribute.kind for attribute in OPS[op].attributes}
        for name, value in attributes.items():
            if not admits(kinds[name], value):
                reason = f"`{name}: {short(value)}` of `{op}` must be {kinds[name].expected}"
                raise RefusedError("E0722", reason)

    def _check_weights(
        self,
        op: str,
        attributes: Mapping[str, Any],
        shapes: Sequence[Shape],
        weights: Mapping[str, HeldArray] | None,
    ) -> None:
        if weights is None:
            return
        for weight in layer_weights(op, attributes, shapes):
            held = weights.get(weight.name)
            if held is None:
                raise RefusedError("E0724", f"the weight `{weight.name}` is missing")
            if held.shape != weight.shape:
                raise RefusedError(
                    "E0724",
                    f"the weight `{weight.name}` is {shape_text(held.shape)}, and the layer needs "
                    f"{shape_text(weight.shape)}",
                )

    def _free(self, name: str) -> str:
        free, number = name, 1
        while free in self.layers:
            number += 1
            free = f"{name}_{number}"
        return free

    def kept_dims(self, pool: str) -> str:
        """The pool of a whole map once more, as one that keeps a map of 1x1."""
        for name, vector in self.twins.items():
            if vector == pool:
                return name
        held = self.layers[pool]
        name = self._free(f"{pool}/map")
        attributes = {**held.attributes, "keep_dims": True}
        self.layers[name] = ImportedLayer(name, held.op, attributes, held.inputs)
        self.twins[name] = pool
        return name

    def has_weights(self, layer: str) -> bool:
        """Whether an imported layer has weights of its own."""
        return layer in self.layers and bool(self.layers[layer].weights)

    def held(self, layer: str) -> Mapping[str, HeldArray] | None:
        """The arrays of a layer in the source."""
        return self._source.of(layer)


class Unfinished(Protocol):
    """What functions have put together so far, which may be one operator with what follows."""

    def finished(self, build: Builder) -> Value:
        """The tensor that a layer can read.

        Raises:
            RefusedError: no operator yields it.
        """


class Values(dict[Ref, "Value | Unfinished"]):
    """What the layers of the source put out."""

    def finished(self, ref: Ref, build: Builder) -> Value:
        """What a layer reads, which is finished for the first that does.

        Raises:
            RefusedError: no operator yields it.
        """
        value = self[ref]
        if not isinstance(value, Value):
            value = self[ref] = value.finished(build)
        return value


class Layer:
    """A layer of the source that is being imported, and what it reads.

    Attributes:
        name: what it is called in the result.
        call: what the source says of it.
        config: its arguments.
        keywords: what it is called with by name.
        build: takes the result.
    """

    def __init__(self, name: str, call: Call, values: Values, build: Builder) -> None:
        self.name = name
        self.call = call
        self.config = Config(call.kind, call.config)
        self.keywords = Given(call.keywords)
        self.build = build
        self._values = values

    @cached_property
    def inputs(self) -> tuple[Value, ...]:
        """What it reads, in order."""
        return tuple(self._values.finished(ref, self.build) for ref in self.call.inputs)

    @property
    def input(self) -> Value:
        """The only tensor that it reads.

        Raises:
            RefusedError: it reads several.
        """
        if len(self.inputs) != 1:
            raise RefusedError(
                "E0722", f"`{self.call.kind}` with {len(self.inputs)} inputs has no operator"
            )
        return self.inputs[0]

    def argument(self, position: int, *names: str, default: Any = None) -> Any:
        """What it is called with: a ``Value``, or a number, a text, an ``Array`` or a tuple.

        Args:
            position: where it stands.
            names: what it may be called.
            default: what it is where it is not given.

        Raises:
            RefusedError: it is of a kind that is not read.
        """
        for name in names:
            if name in self.keywords:
                return self._read(self.keywords[name])
        given = self.call.args
        return self._read(given[position]) if position < len(given) else default

    def number(self, position: int) -> float | None:
        """A number that it is called with by position; None where that is anything else."""
        given = self.call.args[position] if position < len(self.call.args) else None
        plain = isinstance(given, int | float) and not isinstance(given, bool)
        return given if plain else None

    def waiting(self, position: int, *names: str) -> Any:
        """The same, but for what is put together still: that is not finished for it."""
        given = [self.keywords[name] for name in names if name in self.keywords]
        given += self.call.args[position : position + 1]
        return self._values[given[0]] if given and isinstance(given[0], Ref) else None

    def parts(self) -> list[Value | Unfinished]:
        """All that it reads, nothing of it finished for it."""
        return [self._values[ref] for ref in self.call.inputs]

    def _read(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return self._values.finished(value, self.build)
        if isinstance(value, Unread):
            raise RefusedError(
                "E0722", f"an argument of `{self.call.kind}` is not read: {value.kind}"
            )
        if isinstance(value, tuple) and not isinstance(value, Array | Slice):
            return tuple(self._read(part) for part in value)
        return value

    def check_all_known(self) -> None:
        """Refuse arguments that nobody looked at.

        Raises:
            RefusedError: there is one, and it is switched on.
        """
        name = self.config.given.unknown()
        if name is not None:
            raise self.config.refused(name, self.config.given[name])
        name = self.keywords.unknown()
        if name is not None:
            value = self.keywords[name]
            if not isinstance(value, Ref):
                raise self.config.refused(name, value)

    def weights(self, **names: str | tuple[str, ...]) -> dict[str, HeldArray] | None:
        """Its arrays by our names; None where the source holds none.

        Args:
            names: ours to what Keras calls each, or called it once.
        """
        held = self.build.held(self.name)
        if held is None:
            return None
        found = {}
        for number, (ours, theirs) in enumerate(names.items()):
            # Layers of classes that no table of weights knows have numbers.
            options = (theirs,) if isinstance(theirs, str) else theirs
            for option in (*options, str(number)):
                if option in held:
                    found[ours] = held[option]
                    break
        return found

    def add(
        self,
        op: str,
        attributes: Mapping[str, Any] | None = None,
        weights: Mapping[str, HeldArray] | None = None,
        inputs: Sequence[Value] | None = None,
        name: str = "",
    ) -> Value:
        """Add an imported layer that stands for it, or for a part of it."""
        inputs = (self.input,) if inputs is None else inputs
        return self.build.add(name or self.name, op, attributes or {}, inputs, weights)

    def note(self, text: str) -> None:
        """Say what a spec cannot hold."""
        self.build.note(text, self.name)

    def initializer(self, name: str) -> Any:
        """How a weight starts, in YAML terms; a note where a spec cannot say it."""
        value, lost = self.config.initializer(name)
        if lost:
            self.note(f"{lost} has no counterpart, so that training afresh starts otherwise")
        return value
