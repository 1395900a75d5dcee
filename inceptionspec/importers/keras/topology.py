"""The layers of a Keras model in one flat list, from its JSON: nested models are opened.

Both dialects are read: in Keras 3 a call of a layer has ``args`` with ``__keras_tensor__`` for
what it reads, in Keras 2 lists of a name and two numbers. Nothing is built, and no function that
the JSON may hold is looked at.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from inceptionspec.diagnostics.limits import DEFAULT_LIMITS
from inceptionspec.importers.problems import Problems, RefusedError, named
from inceptionspec.weights.files.wire import CorruptFileError

Path = tuple[str, ...]
MODELS = frozenset({"Functional", "Model", "Sequential"})
"""The classes of models whose JSON lists their layers and who reads whom."""
_INPUT: Path = ()
_DEEPEST = 8
"""Lists in lists that the arguments of a call may be."""
_OPERATIONS = ("keras.src.ops", "keras.ops")


class Ref(NamedTuple):
    """What a layer reads: a path of names to another layer, and which of its outputs."""

    path: Path
    output: int = 0


class Array(NamedTuple):
    """An array of numbers among the arguments of a call, as lists."""

    values: Any


class Unread(NamedTuple):
    """An argument of a kind that is not read."""

    kind: str


class Slice(NamedTuple):
    """A part of an axis, as Python cuts it."""

    start: Any
    stop: Any
    step: Any


@dataclass(frozen=True, slots=True)
class Call:
    """A layer of a flat model and what it is called with.

    Attributes:
        path: its name, after those of the models that it is in.
        kind: its class.
        config: its arguments.
        args: what it is called with by position: a ``Ref``, a number, a text, an ``Array``, a
            ``Slice``, an ellipsis, or a tuple of these.
        keywords: what it is called with by name.
        is_operation: whether it is a function of Keras 3.
    """

    path: Path
    kind: str
    config: Mapping[str, Any]
    args: tuple[Any, ...]
    keywords: Mapping[str, Any]
    is_operation: bool

    @property
    def inputs(self) -> tuple[Ref, ...]:
        """All that it reads, in order."""
        return tuple(_refs((*self.args, *self.keywords.values())))


@dataclass(frozen=True, slots=True)
class Topology:
    """A flat model.

    Attributes:
        name: what it calls itself.
        shape: of its input: height, width and channels; None where open.
        calls: its layers, those that are read before those that read them.
        outputs: the paths of the layers that it puts out; the empty path is its input.
    """

    name: str
    shape: tuple[int | None, int | None, int]
    calls: tuple[Call, ...]
    outputs: tuple[Path, ...]


def topology(model: Any, problems: Problems) -> Topology:
    """The flat list of a model's layers.

    Args:
        model: its JSON.
        problems: takes what specs have no form for.

    Raises:
        CorruptFileError: it is not what Keras writes.
        SpecError: a spec has no form for it.
    """
    kind = _kind(model)
    if kind not in MODELS or not _entries(model):
        reason = f"the class `{kind}` lists no layers that read each other in its file"
        help_ = "a model that is made of `keras.Input` and layers, or a `Sequential` one, has them"
        raise problems.stopped(RefusedError("E0723", reason, help_))
    flat = _Flat(problems)
    outputs = flat.opened(model)
    problems.raise_if_any()
    if not outputs:
        raise CorruptFileError("the model puts out nothing")
    resolved = flat.resolved()
    ends = tuple(flat.followed(output) for output in outputs)
    calls = _in_order(resolved, flat.ranks, [end.path for end in ends])
    config = model["config"]
    name = config.get("name") if isinstance(config, dict) else None
    return Topology(
        name if isinstance(name, str) else "",
        flat.input_shape(),
        calls,
        tuple(dict.fromkeys(end.path for end in ends)),
    )


#: A nested model: its JSON, its path, what it reads.
_Nested = tuple[Any, Path, Sequence[Ref]]


class _Flat:
    """A model that is being opened.

    Attributes:
        calls: its layers by path, in the order of the file.
        ranks: the place of each layer in the file, by those of the models that it is in.
        aliases: what stands for an input or an output of a nested model.
    """

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self.calls: dict[Path, Call] = {}
        self.ranks: dict[Path, tuple[int, ...]] = {_INPUT: ()}
        self.aliases: dict[Ref, Ref] = {}
        self._shapes: list[tuple[Ref, Any, str]] = []

    def opened(self, model: Any) -> tuple[Ref, ...]:
        """Add the layers of a model and of those in it; what the outermost puts out."""
        outputs: tuple[Ref, ...] = ()
        waiting: list[_Nested] = [(model, (), (Ref(_INPUT),))]
        while waiting:
            inner, path, inputs = waiting.pop()
            sequential = _kind(inner) == "Sequential"
            walk = self._sequential if sequential else self._functional
            nested, ends = walk(inner, path, inputs)
            waiting += nested
            if not path:
                outputs = tuple(ends)
            for number, end in enumerate(ends):
                if path:
                    self.aliases[Ref(path, number)] = end
        return outputs

    def followed(self, ref: Ref) -> Ref:
        """The layer that an input or output of a nested model stands for."""
        for _ in range(len(self.aliases) + 1):
            if ref not in self.aliases:
                break
            ref = self.aliases[ref]
        else:
            raise CorruptFileError("its models are nested in a circle")
        if ref.path and ref.path not in self.calls:
            raise CorruptFileError(f"a layer reads `{'/'.join(ref.path)}`, which is not there")
        return ref

    def resolved(self) -> dict[Path, Call]:
        """The layers, which now read each other alone."""
        return {
            path: Call(
                path,
                call.kind,
                call.config,
                tuple(_mapped(value, self.followed) for value in call.args),
                {name: _mapped(value, self.followed) for name, value in call.keywords.items()},
                call.is_operation,
            )
            for path, call in self.calls.items()
        }

    def input_shape(self) -> tuple[int | None, int | None, int]:
        """Height, width and channels of what comes in.

        Raises:
            SpecError: it is no map of known channels.
        """
        for ref, shape, name in self._shapes:
            if self.followed(ref).path == _INPUT:
                return self._map(shape, name)
        reason = "the file does not say which shape the model's input has"
        help_ = "build the model before it is saved"
        raise self._problems.stopped(RefusedError("E0723", reason, help_))

    def _map(self, shape: Any, name: str) -> tuple[int | None, int | None, int]:
        sides = shape[1:] if isinstance(shape, list | tuple) else ()
        if len(sides) == 3 and all(
            side is None or (type(side) is int and side >= 1) for side in sides
        ):
            height, width, channels = sides
            if channels is not None:
                return height, width, channels
            reason = "the number of channels of the model's input is open"
        else:
            reason = "the model's input is no map of height, width and channels"
        raise self._problems.stopped(RefusedError("E0723", reason), name)

    def _sequential(
        self, model: Any, path: Path, inputs: Sequence[Ref]
    ) -> tuple[list[_Nested], list[Ref]]:
        last = inputs[0] if inputs else Ref(_INPUT)
        nested: list[_Nested] = []
        config = model["config"]
        built = [model.get("build_config"), config if isinstance(config, dict) else None]
        for number, entry in enumerate(_entries(model)):
            own, kind = (*path, _name(entry)), _kind(entry)
            self.ranks[own] = (*self.ranks[path], number)
            if number == 0:
                self._note_shape(last, entry)
            if kind == "InputLayer":
                continue
            if kind in MODELS:
                nested.append((entry, own, (last,)))
            else:
                self._add(own, kind, entry, (last,), {})
            last = Ref(own)
        for held in built:
            if isinstance(held, dict):
                first = inputs[0] if inputs else Ref(_INPUT)
                shape = held.get("build_input_shape") or held.get("input_shape")
                if shape:
                    self._shapes.append((first, shape, _name(model)))
        return nested, [last]

    def _functional(
        self, model: Any, path: Path, inputs: Sequence[Ref]
    ) -> tuple[list[_Nested], list[Ref]]:
        config = model["config"]
        if not isinstance(config, dict) or "output_layers" not in config:
            raise CorruptFileError("the list of its layers is malformed")
        read = [ref.path for ref in _histories(config.get("input_layers"), path)]
        if not path and len(read) > 1:
            reason = "the model has several inputs, and a spec has one"
            self._problems.add(RefusedError("E0723", reason), *(one[-1] for one in read))
        elif len(read) != len(inputs):
            raise CorruptFileError("a nested model is called with another number of inputs")
        given = dict(zip(read, inputs, strict=False))
        nested: list[_Nested] = []
        for number, entry in enumerate(_entries(model)):
            own, kind = (*path, _name(entry)), _kind(entry)
            self.ranks[own] = (*self.ranks[path], number)
            if own in given:
                self._note_shape(given[own], entry)
                self.aliases[Ref(own)] = given[own]
                continue
            nodes = entry.get("inbound_nodes")
            if not isinstance(nodes, list) or not nodes:
                if kind == "InputLayer":
                    continue
                raise CorruptFileError(f"nothing says what the layer `{own[-1]}` reads")
            if len(nodes) > 1:
                reason = f"layers of the class `{kind}` are called more than once"
                help_ = "a spec has no layers that share their weights"
                self._problems.add(RefusedError("E0723", reason, help_), "/".join(own))
                continue
            args, keywords = _arguments(nodes[0], path)
            if kind in MODELS:
                refs = tuple(_refs((*args, *keywords.values())))
                nested.append((entry, own, refs))
            else:
                self._add(own, kind, entry, args, keywords)
        return nested, list(_histories(config["output_layers"], path))

    def _add(
        self,
        path: Path,
        kind: str,
        entry: Mapping[str, Any],
        args: tuple[Any, ...],
        keywords: Mapping[str, Any],
    ) -> None:
        if path in self.calls:
            raise CorruptFileError(f"two of its layers are called `{'/'.join(path)}`")
        config = entry.get("config")
        module = str(entry.get("module"))
        is_operation = module.startswith(_OPERATIONS)
        self.calls[path] = Call(
            path, kind, config if isinstance(config, dict) else {}, args, keywords, is_operation
        )
        if len(self.calls) > DEFAULT_LIMITS.layers:
            reason = f"the model has more than {DEFAULT_LIMITS.layers:,} layers"
            raise self._problems.stopped(RefusedError("E0505", reason))

    def _note_shape(self, ref: Ref, entry: Mapping[str, Any]) -> None:
        config = entry.get("config")
        if isinstance(config, dict):
            shape = config.get("batch_shape") or config.get("batch_input_shape")
            if shape:
                self._shapes.append((ref, shape, _name(entry)))


# The JSON


def _entries(model: Any) -> Sequence[Any]:
    """The layers of a model. Old Sequential models are a list."""
    config = model.get("config") if isinstance(model, dict) else None
    layers = config.get("layers") if isinstance(config, dict) else config
    if not isinstance(layers, list):
        return []
    if not all(isinstance(entry, dict) for entry in layers):
        raise CorruptFileError("the list of its layers is malformed")
    return layers


def _kind(entry: Any) -> str:
    kind = entry.get("class_name") if isinstance(entry, dict) else None
    if not isinstance(kind, str):
        raise CorruptFileError("a layer has no class")
    return kind.rpartition(">")[2]


def _name(entry: Mapping[str, Any]) -> str:
    config = entry.get("config")
    name = entry.get("name") or (config.get("name") if isinstance(config, dict) else None)
    if not isinstance(name, str) or not name:
        raise CorruptFileError("a layer has no name")
    return name


def _histories(value: Any, scope: Path) -> Iterator[Ref]:
    """Inputs or outputs of a model: a name and two numbers, or a list or mapping of such."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            part = list(part.values())
        if not isinstance(part, list):
            raise CorruptFileError("the inputs or outputs of a model are malformed")
        if _is_history(part):
            yield Ref((*scope, part[0]), part[2])
        else:
            waiting += reversed(part)


def _is_history(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and type(value[1]) is int
        and type(value[2]) is int
    )


def _arguments(node: Any, scope: Path) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What a layer is called with, by position and by name."""
    if isinstance(node, dict) and isinstance(node.get("args"), list):
        keywords = node.get("kwargs")
        return (
            tuple(_of_keras_3(value, scope, 0) for value in node["args"]),
            {
                str(name): _of_keras_3(value, scope, 0)
                for name, value in (keywords if isinstance(keywords, dict) else {}).items()
            },
        )
    named: dict[str, Any] = {}
    args = _of_keras_2(node, scope, named, 0)
    if not isinstance(args, tuple) or isinstance(args, Ref):
        args = (args,)
    # A list of one is one tensor: Keras 2 writes both alike.
    return (args if len(args) == 1 else (args,)), named


def _of_keras_3(value: Any, scope: Path, depth: int) -> Any:
    if depth > _DEEPEST:
        raise CorruptFileError("what a layer is called with nests too deep")
    if isinstance(value, list):
        return tuple(_of_keras_3(part, scope, depth + 1) for part in value)
    if not isinstance(value, dict):
        return value
    kind, config = value.get("class_name"), value.get("config")
    config = config if isinstance(config, dict) else {}
    if kind == "__keras_tensor__":
        history = config.get("keras_history")
        if not isinstance(history, list) or not _is_history(history):
            raise CorruptFileError("what a layer reads is malformed")
        return Ref((*scope, history[0]), history[2])
    if kind in ("__numpy__", "__tensor__"):
        return Array(config.get("value"))
    if kind == "__slice__":
        return Slice(config.get("start"), config.get("stop"), config.get("step"))
    if kind == "__ellipsis__":
        return ...
    return Unread(str(kind))


def _of_keras_2(value: Any, scope: Path, keywords: dict[str, Any], depth: int) -> Any:
    if depth > _DEEPEST:
        raise CorruptFileError("what a layer is called with nests too deep")
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        raise CorruptFileError("what a layer reads is malformed")
    if value and value[0] == "_CONSTANT_VALUE" and len(value) >= 3:
        _keep_keywords(value, scope, keywords)
        return Array(value[2]) if isinstance(value[2], list) else value[2]
    if _is_history(value):
        _keep_keywords(value, scope, keywords)
        return Ref((*scope, value[0]), value[2])
    return tuple(_of_keras_2(part, scope, keywords, depth + 1) for part in value)


def _keep_keywords(value: Sequence[Any], scope: Path, keywords: dict[str, Any]) -> None:
    given = value[3] if len(value) > 3 else None
    for name, held in (given if isinstance(given, dict) else {}).items():
        if _is_history(held):
            keywords[name] = Ref((*scope, held[0]), held[2])
        elif isinstance(held, list):
            keywords[name] = Array(held)
        elif isinstance(held, dict):
            keywords[name] = Unread(str(held.get("class_name")))
        else:
            keywords[name] = held


def _refs(values: Sequence[Any]) -> Iterator[Ref]:
    for value in values:
        if isinstance(value, Ref):
            yield value
        elif isinstance(value, tuple) and not isinstance(value, Array | Unread | Slice):
            yield from _refs(value)


def _mapped(value: Any, change: Any) -> Any:
    if isinstance(value, Ref):
        return change(value)
    if isinstance(value, tuple) and not isinstance(value, Array | Unread | Slice):
        return tuple(_mapped(part, change) for part in value)
    return value


# The order


def _in_order(
    calls: Mapping[Path, Call], places: Mapping[Path, tuple[int, ...]], ends: Sequence[Path]
) -> tuple[Call, ...]:
    """What the outputs need, in the order of the file where that has inputs before readers."""
    needed: set[Path] = set()
    waiting = [end for end in ends if end != _INPUT]
    while waiting:
        path = waiting.pop()
        if path not in needed:
            needed.add(path)
            waiting += [ref.path for ref in calls[path].inputs if ref.path != _INPUT]
    ranks = {path: places[path] for path in calls if path in needed}
    readers: dict[Path, list[Path]] = {path: [] for path in ranks}
    missing: dict[Path, int] = {}
    for path in ranks:
        sources = {ref.path for ref in calls[path].inputs} - {_INPUT}
        missing[path] = len(sources)
        for source in sources:
            readers[source].append(path)
    ready = [(ranks[path], path) for path in ranks if not missing[path]]
    heapq.heapify(ready)
    ordered: list[Call] = []
    while ready:
        _, path = heapq.heappop(ready)
        ordered.append(calls[path])
        for reader in readers[path]:
            missing[reader] -= 1
            if not missing[reader]:
                heapq.heappush(ready, (ranks[reader], reader))
    if len(ordered) < len(ranks):
        left = ["/".join(path) for path in ranks if missing[path]]
        raise CorruptFileError(f"layers read each other in a circle: {named(left)}")
    return tuple(ordered)
