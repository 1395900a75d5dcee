"""Notes of a check: what was not tested, which sizes fit, what patterns match."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.checks.contracts import untested_budgets, untested_contracts
from inceptionspec.checks.patterns import matches_of_patterns
from inceptionspec.frontend.linking.input_sizes import InputSizes, UndecidedError
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.traversal import ancestors
from inceptionspec.ops.record import size_text

#: A note names this many of the sizes that fit.
_NAMED = 4


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
        smallest = [size_text(size) for size in sizes.smallest(_NAMED)]
    except UndecidedError:
        return ""
    if sizes.never or not smallest or (sizes.every and smallest[0] == "1x1"):
        return ""
    if sizes.unbroken:
        largest = sizes.smaller(loaded.limits.dimension, loaded.limits.dimension)
        most = f" and at most {size_text(largest)}" if largest and not sizes.every else ""
        return f"the input must be at least {smallest[0]}{most}"
    only = [rules.few(_NAMED) for rules in sizes.axes]
    if all(only):
        height, width = (_either(sides) for sides in only)
        if height == width:
            return f"height and width of the input must be {height}"
        return f"the height of the input must be {height}, its width {width}"
    return f"not every input size fits; the smallest that do are {', '.join(smallest)}"


def _either(sides: Sequence[int]) -> str:
    *others, last = map(str, sides)
    return f"{', '.join(others)} or {last}" if others else last
