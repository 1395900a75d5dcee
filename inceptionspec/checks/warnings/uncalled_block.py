"""W0102: a block that nothing calls."""

from __future__ import annotations

from collections.abc import Iterator

from inceptionspec.checks.warnings.uses import uses
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.frontend.load import LoadedSpec


def uncalled_blocks(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0102: a block that is never called is often one whose call was forgotten or misnamed."""
    found = uses(loaded.spec)
    called = found.reachable()
    mentioned = set().union(*found.blocks.values())
    for block, (definition, place) in loaded.spec.blocks.items():
        if block in called or "W0102" in definition.get("allow", ()):
            continue
        yield Diagnostic(
            "W0102",
            f"the block `{block}` is never called",
            Label(
                place,
                "called only by blocks that nothing calls" if block in mentioned else "not called",
            ),
            helps=(f"call it with `block: {block}`, or remove it",),
        )
