"""W0107: an auxiliary head without a loss weight."""

from __future__ import annotations

from collections.abc import Iterator

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.frontend.load import LoadedSpec


def unweighted_heads(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0107: without a weight, a trainer must guess how an auxiliary loss counts."""
    flat = loaded.flat
    for head in flat.heads:
        if head.name == flat.main or head.loss_weight is not None:
            continue
        if "W0107" not in head.item.get("allow", ()):
            yield Diagnostic(
                "W0107",
                f"the head `{head.name}` has no loss weight",
                Label(
                    loaded.spec.heads[head.name][1],
                    f"how much does its loss count next to that of `{flat.main}`?",
                ),
                helps=("give it a `loss_weight`, such as 0.3",),
            )
