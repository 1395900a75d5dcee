"""Warnings that an experienced designer would give, for `specbuild check` alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from inceptionspec.checks.warnings.allow import allowed_in_file
from inceptionspec.checks.warnings.canceled_bias import canceled_biases
from inceptionspec.checks.warnings.copied_branch import copied_branches
from inceptionspec.checks.warnings.dead_layer import dead_layers
from inceptionspec.checks.warnings.dropped_rows import dropped_rows
from inceptionspec.checks.warnings.head_activation import changed_logits
from inceptionspec.checks.warnings.hot_spot import hot_spots
from inceptionspec.checks.warnings.idle_attribute import idle_attributes
from inceptionspec.checks.warnings.lost_default import lost_defaults
from inceptionspec.checks.warnings.other_range import other_ranges
from inceptionspec.checks.warnings.stale_source import stale_sources
from inceptionspec.checks.warnings.uncalled_block import uncalled_blocks
from inceptionspec.checks.warnings.unused_argument import unused_arguments
from inceptionspec.checks.warnings.unweighted_head import unweighted_heads
from inceptionspec.diagnostics.diagnostic import Diagnostic, in_file_order
from inceptionspec.frontend.expansion.chain import extended_here
from inceptionspec.frontend.load import LoadedSpec

#: What each warning asks of a network. Each function leaves out what is allowed on a layer
#: or on what surrounds it; what a file allows is left out below.
ADVICE: Mapping[str, Callable[[LoadedSpec], Iterator[Diagnostic]]] = {
    "W0101": unused_arguments,
    "W0102": uncalled_blocks,
    "W0103": dead_layers,
    "W0104": dropped_rows,
    "W0105": copied_branches,
    "W0106": canceled_biases,
    "W0107": unweighted_heads,
    "W0108": hot_spots,
    "W0110": changed_logits,
    "W0111": idle_attributes,
    "W0112": stale_sources,
    "W0113": lost_defaults,
    "W0114": other_ranges,
}


def advice(loaded: LoadedSpec) -> tuple[Diagnostic, ...]:
    """Every warning that the spec does not allow, each once, in file order."""
    files = loaded.spec.files
    return in_file_order(
        replace(found, labels=found.labels + bases) if bases else found
        for code, rule in ADVICE.items()
        for found in rule(loaded)
        if not allowed_in_file(files, code, found.primary.span)
        for bases in [extended_here(found.primary.span, files)]
    )
