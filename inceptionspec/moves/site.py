"""The places of a network that a pattern names: layers and blocks, as `override` finds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.expansion.patterns import idle_pattern, matching, nearest
from inceptionspec.frontend.expansion.tree import Layer, Node, Scope, join, walk
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.frontend.reading.document import Map
from inceptionspec.ir.graph import Block
from inceptionspec.ir.graph import Node as GraphNode

#: What a key starts with that changes a definition, and with it all its calls.
DEFINITIONS = "blocks."


class Place(NamedTuple):
    """A node of the tree, the scope that holds it, and its path in the network."""

    path: str
    node: Node
    holder: Scope


class Site(NamedTuple):
    """What one key under `override` stands for.

    Attributes:
        key: a path of the network, or `blocks.NAME/PATH` for a path inside a definition.
        places: where that is in the network; one for each call of a definition.
    """

    key: str
    places: tuple[Place, ...]

    @property
    def node(self) -> Node:
        """The node, of the first call of a definition."""
        return self.places[0].node

    @property
    def holder(self) -> Scope:
        """The scope that holds it."""
        return self.places[0].holder

    @property
    def name(self) -> str:
        """Its name: in a definition as that writes it, else as it is after `rename`."""
        return (self.node.written or self.node.name) if self.is_definition else self.node.name

    @property
    def is_definition(self) -> bool:
        """Whether a change here changes a definition."""
        return self.key.startswith(DEFINITIONS)


class Base:
    """The network that is changed, by path.

    Attributes:
        claimed: the paths of layers that moves add.
    """

    def __init__(self, loaded: LoadedSpec) -> None:
        self.loaded = loaded
        self.graph = loaded.graph
        self.spec = loaded.spec
        self.tree = loaded.tree
        self.claimed: set[str] = set()
        self.layers: Mapping[str, GraphNode] = {node.path: node for node in self.graph.nodes}
        self.blocks: Mapping[str, Block] = {block.path: block for block in self.graph.blocks}

    @cached_property
    def sites(self) -> Mapping[str, Site]:
        """Every key that an override may have: paths, and paths inside definitions."""
        found: dict[str, Site] = {}
        called: dict[str, list[Place]] = {}
        for path, node, holder in walk(self.tree):
            found[path] = Site(path, (Place(path, node, holder),))
            if isinstance(node, Scope) and node.kind == "block":
                called.setdefault(f"{DEFINITIONS}{node.block}", []).append(
                    Place(path, node, holder)
                )
                for inside, place in _inside(node, path):
                    called.setdefault(f"{DEFINITIONS}{node.block}/{inside}", []).append(place)
        for key, places in called.items():
            found[key] = Site(key, tuple(places))
        return found

    @cached_property
    def read_by_name(self) -> frozenset[str]:
        """The paths that heads, end points and entries with a `from` read."""
        sources = [head.source_path for head in self.graph.heads]
        sources += self.spec.end_points.values()
        for text in self.loaded.flat.sources.values():
            sources += [text] if isinstance(text, str) else text
        return frozenset(path.removeprefix("/") for path in sources)

    @cached_property
    def readers(self) -> Mapping[int, tuple[GraphNode, ...]]:
        """By the number of a layer, those that read it."""
        found: dict[int, tuple[GraphNode, ...]] = {node.index: () for node in self.graph.nodes}
        for node in self.graph.nodes:
            for index in node.inputs:
                found[index] += (node,)
        return found

    def default(self, op: str) -> Map:
        """The usual attributes of an operator."""
        return self.spec.defaults.get(op, Map(self.spec.document.span))

    def uses(self, op: str) -> bool:
        """Whether any layer has an operator."""
        return any(node.op == op for node in self.graph.nodes)

    def reads(self, node: GraphNode) -> GraphNode:
        """The layer that a layer with one input reads."""
        return self.graph.nodes[node.inputs[0]]

    def matched(self, pattern: str, place: Span) -> list[Site]:
        """The sites that a pattern of `override` matches, in the order of the network.

        Raises:
            SpecError: it matches nothing (E0806).
        """
        known = in_section(pattern, self.sites)
        bare = pattern.removeprefix(DEFINITIONS)
        found = matching(bare, known) if bare.strip() else []
        idle = idle_pattern(bare, list(known))
        if found and not idle:
            return [self.sites[known[name]] for name in found]
        shown = shortened(idle or pattern)
        gone = self.spec.removed.get(pattern)
        if gone is not None and gone.renamed:
            helps: tuple[str, ...] = (f"the spec renames it: write `{gone.instead}`",)
        else:
            helps = nearest(idle or bare, list(known), ()) if bare.strip() else ()
            if bare != pattern:
                helps = tuple(one.replace("mean `", f"mean `{DEFINITIONS}") for one in helps)
        more = "`specbuild summary SPEC --depth all` lists the paths"
        raise spec_error("E0806", f"`{shown}` matches nothing of the network", place, *helps, more)


def in_section(key: str, keys: Iterable[str]) -> dict[str, str]:
    """Those keys that a key can match: paths, or paths of definitions by their bare names."""
    section = key.startswith(DEFINITIONS)
    return {
        one.removeprefix(DEFINITIONS): one for one in keys if one.startswith(DEFINITIONS) == section
    }


def _inside(call: Scope, path: str) -> Iterator[tuple[str, Place]]:
    """What a call holds, by its path as the definition writes it."""
    waiting: list[tuple[Scope, str, str]] = [(call, "", path)]
    while waiting:
        scope, prefix, around = waiting.pop()
        nodes: list[Node] = [*scope.children, *([scope.merge] if scope.merge else [])]
        for node in nodes:
            own = join(prefix, node.written or node.name)
            final = join(around, node.name)
            if node.name:
                yield own, Place(final, node, scope)
            if isinstance(node, Scope):
                waiting.append((node, own, final))


def value(item: Map, key: str, *, as_written: bool) -> Any:
    """The value of a key as plain data.

    Args:
        item: an entry with its arguments put in.
        key: one of its keys.
        as_written: as the text has it, with the names of arguments.
    """
    if as_written and key in item.given:
        span = item.value_spans[key]
        if span.line == span.end_line:
            text = span.source.line(span.line)[span.column - 1 : span.end_column - 1]
            return text.strip("'\"")
    return plain(item[key])


def plain(data: Any) -> Any:
    """Data without its places."""
    if isinstance(data, dict):
        return {key: plain(part) for key, part in data.items()}
    if isinstance(data, list):
        return [plain(part) for part in data]
    return data


#: Keys of an entry that are not attributes of its operator.
_ABOUT = frozenset({"op", "name", "doc", "group", "from", "when", "allow"})


def attributes(site: Site, *without: str) -> dict[str, Any]:
    """The attributes that the line of a layer gives, as a person wrote them."""
    node = site.node
    return {
        key: value(node.item, key, as_written=site.is_definition)
        for key in node.item
        if key not in _ABOUT and key not in without
    }


def is_layer(site: Site) -> bool:
    """Whether a site is a layer, and no merge, block or branch."""
    return all(
        isinstance(place.node, Layer) and place.node is not place.holder.merge
        for place in site.places
    )
