"""Which arguments of a spec the expanded network uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.expansion.tree import Layer, Scope, walk
from inceptionspec.frontend.language.forms import arguments_in
from inceptionspec.frontend.reading.document import Map


def arguments_read(tree: Scope, defaults: Mapping[str, Map]) -> dict[str, Span]:
    """The spec's arguments that the network uses, and one place of each.

    The text of a base does not count: a variant may have removed that part. A block's
    own argument hides one of the same name.

    Args:
        tree: the expanded network.
        defaults: the usual attributes by operator, before arguments were put in.
    """
    layers = [node for _, node, _ in walk(tree) if isinstance(node, Layer)]
    used = {layer.op for layer in layers} | {"batch_norm"}
    read = {name: span for op in sorted(used) for name, span in _references(defaults.get(op))}
    waiting: list[tuple[Layer | Scope, frozenset[str]]] = [(tree, frozenset())]
    while waiting:
        node, hidden = waiting.pop()
        read |= {name: span for name, span in _substituted(node.item) if name not in hidden}
        if isinstance(node, Layer):
            continue
        for gone in node.dropped:
            read |= {name: span for name, span in _conditions(gone.item) if name not in hidden}
        if node.definition is not None:
            read |= dict(_references(node.definition.get("args")))
            hidden = frozenset(node.definition.get("args", ()))
        waiting += [(child, hidden) for child in node.children]
        if node.merge is not None:
            waiting.append((node.merge, hidden))
    return read


def _substituted(item: Map) -> Iterator[tuple[str, Span]]:
    """The arguments that were put into an entry, and into the mappings in it."""
    for mapping in (item, *(part for part in item.values() if isinstance(part, Map))):
        for key, given in mapping.given.items():
            for name in given.names:
                yield name, mapping.value_spans[key]
        yield from _conditions(mapping)


def _conditions(item: Map) -> Iterator[tuple[str, Span]]:
    """The argument that decides whether an entry is there."""
    if isinstance(item.get("when"), str):  # a part may have this name, too, in `expect`
        yield from ((name, item.value_spans["when"]) for name in arguments_in(item["when"]))


def _references(section: Any) -> Iterator[tuple[str, Span]]:
    """The arguments that usual attributes name."""
    for mapping in (section, *section.values()) if isinstance(section, Map) else ():
        for key, value in mapping.items() if isinstance(mapping, Map) else ():
            for name in arguments_in(value) if isinstance(value, str) else ():
                yield name, mapping.value_spans[key]
