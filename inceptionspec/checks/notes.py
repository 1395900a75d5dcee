"""Notes of a check: what was not tested, which sizes fit, what patterns match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inceptionspec.checks.contracts import untested_budgets, untested_contracts
from inceptionspec.frontend.expansion.spec import Spec
from inceptionspec.frontend.linking.input_sizes import InputSizes, UndecidedError
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.traversal import ancestors
from inceptionspec.ops.record import size_text

#: A note names this many of the sizes that fit.
_SIZES_NAMED = 4
#: A note names at most this many paths and counts the rest.
_PATHS_NAMED = 3


def notes(loaded: LoadedSpec) -> tuple[str, ...]:
    """The notes on a network that links."""
    found = (untested_contracts(loaded), untested_budgets(loaded), fitting_sizes(loaded))
    return (*(note for note in found if note), *matches_of_patterns(loaded.spec))


def fitting_sizes(loaded: LoadedSpec) -> str:
    """The note on which input sizes fit, where the size is open and not all do."""
    if None not in loaded.graph.nodes[0].shape:
        return ""
    flat = loaded.flat
    ends = [flat.names[node.path] for node in loaded.graph.nodes]
    try:
        sizes = InputSizes(flat.layers, ancestors(flat.layers, ends), loaded.limits.dimension)
        smallest = [size_text(size) for size in sizes.smallest(_SIZES_NAMED)]
    except UndecidedError:
        return ""
    if sizes.never or not smallest or (sizes.every and smallest[0] == "1x1"):
        return ""
    if sizes.unbroken:
        largest = sizes.smaller(loaded.limits.dimension, loaded.limits.dimension)
        most = f" and at most {size_text(largest)}" if largest and not sizes.every else ""
        return f"the input must be at least {smallest[0]}{most}"
    only = [rules.few(_SIZES_NAMED) for rules in sizes.axes]
    if all(only):
        height, width = (_either(sides) for sides in only)
        if height == width:
            return f"height and width of the input must be {height}"
        return f"the height of the input must be {height}, its width {width}"
    return f"not every input size fits; the smallest that do are {', '.join(smallest)}"


def _either(sides: Sequence[int]) -> str:
    *others, last = map(str, sides)
    return f"{', '.join(others)} or {last}" if others else last


def matches_of_patterns(spec: Spec) -> Iterator[str]:
    """A note for each pattern of the file: what it matches, and where it matches nothing."""
    for pattern in spec.patterns:
        if pattern.span.source is not spec.document.span.source:
            continue
        count = len(pattern.paths)
        paths = f"{count} path{'s' * (count != 1)}: {_some_paths(pattern.paths)}"
        note = f"`{pattern.key}` matches {paths}"
        yield f"{note}; nothing inside {_some_paths(pattern.missed)}" if pattern.missed else note


def _some_paths(paths: Sequence[str]) -> str:
    shown = [f"`{path}`" for path in paths[:_PATHS_NAMED]]
    more = len(paths) - len(shown)
    return f"{', '.join(shown)} and {more:,} more" if more else ", ".join(shown)
