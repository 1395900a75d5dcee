"""What the text of a spec and of its bases refers to: arguments and blocks, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from inceptionspec.frontend.expansion.patterns import is_pattern, matching
from inceptionspec.frontend.expansion.spec import Spec
from inceptionspec.frontend.language.forms import arguments_in
from inceptionspec.frontend.reading.document import Map, Seq

#: The key of the text outside blocks; the name of a block is never empty.
OUTSIDE = ""


@dataclass(frozen=True, slots=True)
class Uses:
    """The names that texts refer to, by the block that holds the text."""

    arguments: dict[str, set[str]] = field(default_factory=lambda: {OUTSIDE: set()})
    blocks: dict[str, set[str]] = field(default_factory=lambda: {OUTSIDE: set()})

    def add(self, block: str, text: Any) -> None:
        """Add the names that a text in a block refers to."""
        arguments = self.arguments.setdefault(block, set())
        blocks = self.blocks.setdefault(block, set())
        for key, value in _texts(text):
            arguments.update(arguments_in(value))
            if key == "block":
                blocks.add(value)

    def reachable(self) -> set[str]:
        """The blocks that are called from outside blocks, straight or through others."""
        seen: set[str] = set()
        found = list(self.blocks[OUTSIDE])
        while found:
            block = found.pop()
            if block not in seen:
                seen.add(block)
                found.extend(self.blocks.get(block, ()))
        return seen


def uses(spec: Spec) -> Uses:
    """What all files of a spec refer to.

    The text of a base counts whether or not a variant overrides it: ``argument_use`` says
    what is left of it in the network.
    """
    found = Uses()
    for document in spec.files:
        for section in ("network", "heads", "defaults"):
            found.add(OUTSIDE, document.get(section))
        for name, definition in document.get("blocks", {}).items():
            found.add(name, definition)
        for key, change in document.get("override", {}).items():
            for block in _blocks_of(key, spec):
                found.add(block, change)
    return found


def _blocks_of(key: str, spec: Spec) -> list[str]:
    """The blocks whose definitions an override changes; the outside for any other."""
    section, _, rest = key.partition(".")
    name = rest.partition("/")[0]
    if section != "blocks":
        return [OUTSIDE]
    return matching(name, spec.blocks) if is_pattern(name) else [name]


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    """Every text below a value, with the nearest key above it."""
    open_values: list[tuple[str, Any]] = [("", value)]
    while open_values:
        key, part = open_values.pop()
        if isinstance(part, str):
            yield key, part
        elif isinstance(part, Mapping):
            open_values.extend(part.items())
        elif isinstance(part, Seq):
            open_values.extend((key, inner) for inner in part)


def own_arguments(definition: Map) -> Map:
    """The arguments that a block declares."""
    section: Map = definition.get("args", Map(definition.span))
    return section
