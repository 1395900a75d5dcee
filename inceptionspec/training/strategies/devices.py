"""What a run computes on: one device, all of this machine, or several machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import external
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.training.strategies.cluster import VARIABLE, Cluster, cluster_of

MIRRORED, MULTIWORKER = "mirrored", "multiworker"
STRATEGIES = (MIRRORED, MULTIWORKER)
MOST_WORKERS = 64
"""Local workers: each is a process that imports TensorFlow."""


@dataclass(frozen=True, slots=True)
class Devices:
    """What a run computes on.

    Attributes:
        mirrored: whether all devices of this machine compute.
        cluster: the workers on several machines, of which this process is one; None for none.
        workers: how many processes are to be started on this machine; 1 for none.
    """

    mirrored: bool = False
    cluster: Cluster | None = None
    workers: int = 1

    @property
    def rank(self) -> int:
        """Which worker this process is, from 0."""
        return self.cluster.rank if self.cluster is not None else 0

    @property
    def processes(self) -> int:
        """How many processes share a batch."""
        return self.cluster.count if self.cluster is not None else self.workers


ONE = Devices()


def choose_devices(
    strategy: str | None,
    workers: int | None,
    environment: Mapping[str, str],
    *,
    jit: bool = False,
) -> Devices:
    """What a user asks for, checked before TensorFlow starts.

    Args:
        strategy: ``mirrored``, ``multiworker`` or None.
        workers: processes to be started on this machine.
        environment: variables of the process, of which ``TF_CONFIG`` counts.
        jit: whether XLA compiles the step.

    Raises:
        SpecError: an option has no such value (E0805), options contradict each other (E0810), or
            ``TF_CONFIG`` cannot be used (E0921).
    """
    if strategy not in (None, *STRATEGIES):
        shown = shortened(str(strategy), 40)
        raise spec_error(
            "E0805",
            f"`strategy` must be {listed(STRATEGIES, 'or')}, not `{shown}`",
            external(f"strategy {shown}"),
            *did_you_mean(str(strategy), STRATEGIES),
        )
    if workers is not None and not 1 <= workers <= MOST_WORKERS:
        raise spec_error(
            "E0805",
            f"`workers` must be from 1 to {MOST_WORKERS}, not `{workers}`",
            external(f"workers {workers}"),
        )
    cluster = cluster_of(environment)
    several = (workers or 1) > 1
    if cluster is not None and several:
        raise _contradiction(
            f"`{VARIABLE}` names {cluster.count} workers, and `--workers` would start others",
            f"leave `--workers` out, or remove the variable `{VARIABLE}`",
        )
    if strategy == MIRRORED and (cluster is not None or several):
        by = f"`{VARIABLE}` names several" if cluster is not None else "`--workers` starts several"
        raise _contradiction(
            f"`--strategy mirrored` is one process, and {by}",
            "each worker uses all GPUs of its machine in any case: leave `--strategy` out",
        )
    if strategy == MULTIWORKER and cluster is None and workers is None:
        raise _contradiction(
            f"`--strategy multiworker` needs workers, and `{VARIABLE}` names no others",
            "`--workers 2` starts two on this machine",
            f"on several machines, set `{VARIABLE}` on each",
        )
    if jit and (strategy == MIRRORED or cluster is not None or several):
        raise _contradiction(
            "`--jit` compiles the step of one device, and there are to be several",
            "leave `--jit` out",
        )
    return Devices(strategy == MIRRORED, cluster, workers or 1)


def refuse_small_batch(batch: int, shares: int, what: str = "workers") -> None:
    """Check that everyone who computes has an image.

    Raises:
        SpecError: a batch has fewer images than there are shares (E0923).
    """
    if batch < shares:
        raise spec_error(
            "E0923",
            f"a batch of {batch:,} cannot be shared by {shares:,} {what}",
            external(f"batch {batch}"),
            f"use a batch of {shares:,} at least, or at most {batch:,} {what}",
        )


def _contradiction(message: str, *helps: str) -> SpecError:
    return spec_error("E0810", message, "specbuild train", *helps)
