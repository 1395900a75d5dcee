"""Warnings that an experienced designer would give, for `specbuild check` alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from inceptionspec.checks.warnings import graph_advice, spec_advice
from inceptionspec.checks.warnings.allow import allowed_in_file
from inceptionspec.diagnostics.diagnostic import Diagnostic, in_file_order
from inceptionspec.frontend.expansion.inheritance import extended_here
from inceptionspec.frontend.load import LoadedSpec

#: What each warning asks of a network. Each function leaves out what is allowed on a layer
#: or on what stands around it; what a file allows is left out below.
ADVICE: Mapping[str, Callable[[LoadedSpec], Iterator[Diagnostic]]] = {
    "W0101": spec_advice.unused_arguments,
    "W0102": spec_advice.uncalled_blocks,
    "W0103": graph_advice.dead_layers,
    "W0104": graph_advice.dropped_rows,
    "W0105": graph_advice.copied_branches,
    "W0106": graph_advice.canceled_biases,
    "W0107": spec_advice.unweighted_heads,
    "W0108": graph_advice.hot_spots,
}


def advice(loaded: LoadedSpec) -> tuple[Diagnostic, ...]:
    """Every warning that the spec does not allow, in file order and said once."""
    files = loaded.spec.files
    return in_file_order(
        replace(found, labels=found.labels + extended_here(found.primary.span, files))
        for code, rule in ADVICE.items()
        for found in rule(loaded)
        if not allowed_in_file(files, code, found.primary.span)
    )
