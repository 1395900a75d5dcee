"""A naming scheme: from a layer's path to what another program calls its weights.

A rule has a pattern of paths and a template of names. In a pattern, ``*`` stands for any
characters of one element, ``**`` for any elements, and ``{x}`` for an element or a part of one
that the template can name; where the scheme has a table ``x``, it stands for the table's keys.
In a template

================  ==============================================================================
``{x}``           is what the pattern found, or the value that the table ``x`` has for it
``{x+1}``         is that as a number plus 1; any number, and ``-`` likewise
``{path}``        is the layer's whole path, ``{path:_}`` with ``_`` between its elements
``{rank}``        is the layer's position, from 0, among those with weights next to it
``{_rank}``       is nothing for the first of them, then ``_1``, ``_2``, ...
``{number}``      stands for ``_1``, ``_2``, ... by which a program counted its layers as it created
                  them, in the spec's order: the lowest number of the file is the first layer
``{only}``        stands for the same where the file has one layer of the kind; else for no name
``{order}``       is nothing for the first, then ``_1``, ...: the position among the layers of one
                  kind in the order of Keras' ``model.layers``
``{layer}``       is the name that the layer's rule gives; for templates of weights only
================  ==============================================================================
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Layout = Literal["tensorflow", "torch", "onnx"]

NUMBER, ONLY, ORDER = "{number}", "{only}", "{order}"
"""What stays in a name until it is compared with those of a file."""
COUNTED = ("number", "only", "order")
RANKS = ("rank", "_rank")
_WORD = "[a-z_][a-z_0-9]*"
PLACEHOLDER = re.compile(rf"\{{({_WORD})(?:([+-])([0-9]{{1,4}})|:([._/-]))?\}}")
_PATTERN_PART = re.compile(rf"(\*\*|\*|\{{{_WORD}\}})")


class Rule(NamedTuple):
    """The names of the layers that a pattern matches.

    Attributes:
        pattern: of paths, as it was written.
        matches: the same as a regular expression.
        names: one template for all, or one for each rank.
        also: templates of other names that the layer may have instead.
        weights: templates of weights that differ from the scheme's.
    """

    pattern: str
    matches: re.Pattern[str]
    names: tuple[str, ...]
    also: tuple[str, ...]
    weights: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Scheme:
    """What one program calls the weights of some networks.

    Attributes:
        name: of the file, without its suffix.
        doc: whose names these are.
        sources: where they are from.
        networks: the built-in specs, all of whose layers it names.
        format: words in the format of a file that only this scheme reads; empty for all others.
        layout: that of kernels.
        epsilon: of the source's norms where it is not the spec's; None where it is.
        weights: templates by the weight's name here, for a layer with a product and its norm.
        batch_norm: the same for a layer without a product, as a norm of its own.
        tables: other words by name and word.
        rules: the first whose pattern matches a path names the layer.
        notes: what else differs between the source's network and the spec's.
    """

    name: str
    doc: str
    sources: tuple[str, ...]
    networks: tuple[str, ...]
    format: str
    layout: Layout
    epsilon: float | None
    weights: Mapping[str, tuple[str, ...]]
    batch_norm: Mapping[str, tuple[str, ...]]
    tables: Mapping[str, Mapping[str, str]]
    rules: tuple[Rule, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def counts(self) -> bool:
        """Whether order alone tells some layers from others."""
        return self._has(NUMBER, ORDER)

    @property
    def depends(self) -> bool:
        """Whether some names depend on what the file has."""
        return self._has(NUMBER, ONLY, ORDER)

    def _has(self, *placeholders: str) -> bool:
        templates = [*self.weights.values(), *self.batch_norm.values()]
        templates += [rule.names + rule.also for rule in self.rules]
        templates += [own for rule in self.rules for own in rule.weights.values()]
        text = " ".join(template for group in templates for template in group)
        return any(placeholder in text for placeholder in placeholders)


def compiled(pattern: str, tables: Mapping[str, Mapping[str, str]]) -> re.Pattern[str]:
    """A pattern of paths as a regular expression."""
    parts = []
    for part in _PATTERN_PART.split(pattern):
        if part == "**":
            parts.append(".*")
        elif part == "*":
            parts.append("[^/]*")
        elif part.startswith("{"):
            words = tables.get(part[1:-1])
            inside = "[^/]+?" if words is None else "|".join(map(re.escape, words))
            parts.append(f"(?P<{part[1:-1]}>{inside})")
        else:
            parts.append(re.escape(part))
    return re.compile("".join(parts))


def filled(template: str, known: Mapping[str, str], tables: Mapping[str, Mapping[str, str]]) -> str:
    """A template with its placeholders replaced, but for those that count the file's layers."""

    def word(found: re.Match[str]) -> str:
        name, sign, number, separator = found.groups()
        if name in COUNTED:
            return found[0]
        value = known[name]
        if name in tables:
            value = tables[name][value]
        if separator is not None:
            return value.replace("/", separator)
        if sign is not None:
            return str(int(value) + int(sign + number))
        return value

    return PLACEHOLDER.sub(word, template)
