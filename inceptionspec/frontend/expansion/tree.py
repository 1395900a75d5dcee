"""The expanded spec: calls expanded, names derived, attributes as they were written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.language.arguments import Argument
from inceptionspec.frontend.reading.document import Map


@dataclass(slots=True, eq=False)
class Layer:
    """One ``op:`` line, or the merge that closes parallel branches.

    ``item`` is the line with its arguments substituted; ``called_at`` are the calls that led
    to it, the innermost first. ``written`` is its name before a call renamed it.
    """

    name: str
    op: str
    item: Map
    called_at: tuple[Span, ...] = ()
    group: str | None = None
    written: str = ""


class Dropped(NamedTuple):
    """An entry that its ``when`` left out, and the names that it would have had.

    ``called_at`` are the calls that led to it, the innermost first.
    """

    item: Map
    names: tuple[str, ...]
    called_at: tuple[Span, ...]

    @property
    def place(self) -> Span:
        """Where the condition stands."""
        return self.item.value_spans["when"]


@dataclass(slots=True, eq=False)
class Scope:
    """A part of the network under one name; without a name it adds nothing to paths.

    Children follow each other, or, if there is a merge, are parallel: one scope per branch.
    ``place`` is where a branch is written: its name, or its first entry. ``definition`` is
    the definition of the block that was called, ``sources`` are its arguments that name layers.
    ``dropped`` are the entries that `when` left out. A ``body_of_block`` is what a block held
    before an override put something around it: `input` is what comes into it.
    """

    name: str
    kind: Literal["network", "head", "block", "repeat", "part", "branch"]
    item: Map
    children: list[Layer | Scope] = field(default_factory=list)
    merge: Layer | None = None
    block: str | None = None
    residual: bool = False

    def __repr__(self) -> str:
        return f"<Scope {self.kind} {sanitize(self.name)}: {len(self.children)} children>"

    called_at: tuple[Span, ...] = ()
    group: str | None = None
    place: Span | None = None
    definition: Map | None = None
    sources: Mapping[str, Argument] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)
    written: str = ""
    body_of_block: bool = False
    _found: int = field(default=0, repr=False)

    def position(self, child: Layer | Scope) -> int:
        """Where a child is.

        Changes go through the children in order, so the search starts where the last one
        ended: a change of every child takes time in their number, not in its square.
        """
        try:
            self._found = self.children.index(child, self._found)
        except ValueError:
            self._found = self.children.index(child)
        return self._found

    @property
    def allow(self) -> dict[str, str]:
        """Warnings that are allowed inside it, and why: its own, and those of its block."""
        definition = {} if self.definition is None else self.definition
        return {**definition.get("allow", {}), **self.item.get("allow", {})}


Node = Layer | Scope


def join(prefix: str, name: str) -> str:
    """A path with one more element; an empty name or prefix adds nothing."""
    return f"{prefix}/{name}" if prefix and name else prefix or name


def walk(scope: Scope, prefix: str = "") -> Iterator[tuple[str, Node, Scope]]:
    """Everything below a scope with its path and the scope that holds it, in order.

    Scopes come before what they hold, merges after the branches. Scopes without a name
    are passed through: they have no path of their own.
    """
    for child in list(scope.children):
        if isinstance(child, Layer):
            yield join(prefix, child.name), child, scope
            continue
        if child.name:
            yield join(prefix, child.name), child, scope
        yield from walk(child, join(prefix, child.name))
    if scope.merge is not None:
        yield join(prefix, scope.merge.name), scope.merge, scope


def has_layer(nodes: Iterable[Node]) -> bool:
    """Whether there is a layer or a merge among nodes or inside of them."""
    return any(
        isinstance(node, Layer) or node.merge is not None or has_layer(node.children)
        for node in nodes
    )


def way_to(root: Scope, path: str) -> list[Scope]:
    """The scopes from a root to that of a path, which is the last one; empty where none is."""
    waiting: list[tuple[str, list[Scope]]] = [("", [root])]
    while waiting:
        prefix, way = waiting.pop()
        for child in way[-1].children:
            if isinstance(child, Layer):
                continue
            inside = join(prefix, child.name)
            if child.name and inside == path:
                return [*way, child]
            if not child.name or path.startswith(f"{inside}/"):
                waiting.append((inside, [*way, child]))
    return []


def dropped_at(root: Scope, path: str, prefix: str = "") -> Dropped | None:
    """The entry that would stand at a path, or around it, if its ``when`` had not left it out."""
    waiting = [(root, prefix)]
    while waiting:
        scope, around = waiting.pop()
        for one in scope.dropped:
            for name in one.names:
                own = join(around, name)
                if path == own or path.startswith(f"{own}/"):
                    return one
        for child in scope.children:
            if isinstance(child, Scope):
                inside = join(around, child.name)
                if not child.name or path == inside or path.startswith(f"{inside}/"):
                    waiting.append((child, inside))
    return None


def height(scope: Scope) -> int:
    """The depth of nested blocks, repeats, heads and parts below a scope."""
    deepest = 0
    waiting: list[tuple[Scope, int]] = [(scope, 0)]
    while waiting:
        one, depth = waiting.pop()
        deepest = max(deepest, depth)
        for child in one.children:
            if isinstance(child, Scope):
                waiting.append((child, depth + (child.kind != "branch")))
    return deepest


def settle_names(scope: Scope) -> None:
    """Give a name to everything below a scope that has none.

    The first layer of an operator gets the operator's name, the next one adds ``_2``, and so
    on. Written names are kept.
    """
    nodes = list(_same_prefix(scope))
    taken = {node.name for node in nodes if node.name}
    counts: dict[str, int] = {}
    for node in nodes:
        if node.name:
            continue
        stem = node.op if isinstance(node, Layer) else node.block or "part"
        while True:
            counts[stem] = counts.get(stem, 0) + 1
            name = stem if counts[stem] == 1 else f"{stem}_{counts[stem]}"
            if name not in taken:
                break
        taken.add(name)
        node.name = name


def settle_all_names(root: Scope) -> None:
    """The same for a scope and every named scope inside it, after layers were inserted."""
    settle_names(root)
    for _, node, _ in walk(root):
        if isinstance(node, Scope):
            settle_names(node)


def _same_prefix(scope: Scope) -> Iterator[Node]:
    """Layers, calls and merges whose paths continue the scope's own path."""
    for child in scope.children:
        if isinstance(child, Layer) or child.name or child.block:
            yield child
        else:
            yield from _same_prefix(child)
    if scope.merge is not None:
        yield scope.merge
