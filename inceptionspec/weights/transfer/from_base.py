"""A file of weights of a base, found among what a variant extends, and transferred to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import combinations
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.settings import DEFAULT_SETTINGS, Settings
from inceptionspec.ir.traversal import ancestors
from inceptionspec.weights.transfer.line_up import line_up
from inceptionspec.weights.transfer.result import Transferred
from inceptionspec.weights.transfer.walk import transfer


class HasArrays(Protocol):
    """What reading a file yields: arrays by path and name, and what the reader says of them."""

    @property
    def arrays(self) -> dict[tuple[str, str], Any]:
        """By a layer's path and a weight's name."""
        ...


_Read = TypeVar("_Read", bound=HasArrays)


def from_base(
    variant: LoadedSpec,
    asked: Collection[int],
    read: Callable[[LoadedSpec, Collection[int]], _Read],
    fresh_layers: Mapping[int, str] = MappingProxyType({}),
) -> tuple[Transferred, _Read] | None:
    """The weights of a variant from a file of one of its bases; None where the file fits none.

    Bases are tried in the order of the chain, each under the variant's settings, then without
    those that change shapes: arguments, input size, width. A network whose width was set is its
    own base at another width.

    Args:
        variant: the network to fill.
        asked: the numbers of its layers.
        read: reads the file for some layers of a base; raises SpecError where it does not fit.
        fresh_layers: those of them that start fresh, each with the reason.
    """
    walked = set(ancestors(variant.graph.nodes, asked))
    for candidate in _bases(variant):
        lined_up = line_up(candidate, variant)
        every = range(len(candidate.graph.nodes))
        for nodes in (every, lined_up.needed(walked - fresh_layers.keys())):
            try:
                found = read(candidate, nodes)
            except SpecError:
                continue
            return transfer(candidate, variant, lined_up, found.arrays, asked, fresh_layers), found
    return None


def _bases(variant: LoadedSpec) -> Iterator[LoadedSpec]:
    """What a variant extends, nearest first, each under the settings to try."""
    for number, document in enumerate(variant.spec.files):
        source = document.span.source
        for settings in _settings(source, variant, itself=number == 0):
            try:
                yield load_spec(source, settings, variant.limits)
            except SpecError:
                continue


def _settings(source: Source, variant: LoadedSpec, *, itself: bool) -> Iterator[Settings]:
    """The variant's settings as far as a base has them, then without some of them.

    The network itself is tried at its own width alone: it would fit already under its settings.
    """
    given = variant.settings
    try:
        own = load_spec(source, DEFAULT_SETTINGS, variant.limits)
    except SpecError:
        return
    heads = {head.name for head in own.graph.heads}
    given = dataclasses.replace(
        given,
        args={name: value for name, value in given.args.items() if name in own.spec.args},
        heads=tuple(head for head in given.heads if head in heads),
    )
    without = {
        "args": bool(given.args),
        "size": given.size is not None,
        "width": given.width is not None,
    }
    names = [name for name, is_set in without.items() if is_set]
    for count in range(len(names) + 1):
        for left_out in combinations(names, count):
            if not itself or "width" in left_out:
                cleared: dict[str, Any] = {
                    name: {} if name == "args" else None for name in left_out
                }
                yield dataclasses.replace(given, **cleared)
