"""Which network a benchmark runs."""

from __future__ import annotations

from dataclasses import dataclass

from inceptionspec.bench.machine.commit import commit
from inceptionspec.frontend.load import LoadedSpec


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """Which network was run.

    Attributes:
        name: the name that the network gives itself.
        path: where its spec was read from.
        network: digest of what is computed; runs of one digest can be compared.
        document: digest of the whole expanded text.
        commit: what HEAD names in the repository around the spec; None without one.
    """

    name: str
    path: str
    network: str
    document: str
    commit: str | None = None


def identity(loaded: LoadedSpec) -> RunIdentity:
    """The identity of a network by its digests, its file and the commit around it."""
    return RunIdentity(
        loaded.name,
        loaded.source.name,
        loaded.digests["network"],
        loaded.digests["document"],
        commit(loaded.source.path),
    )
