"""The devices that compute a step together, in this process and in others."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

import tensorflow as tf

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.diagnostics.source import external
from inceptionspec.training.data.batches import WHOLE, Share
from inceptionspec.training.strategies.cluster import Cluster
from inceptionspec.training.strategies.devices import Devices
from inceptionspec.training.strategies.meeting import meet
from inceptionspec.training.strategies.peers import is_reachable, worker_lost
from inceptionspec.utils import interrupts

#: One update: images and targets to a structure of tensors.
Update = Callable[[Any, Any], Any]
#: The same with whether this process was asked to stop; it gives whether any was.
SharedUpdate = Callable[[Any, Any, bool], tuple[Any, bool]]

_GONE = (
    tf.errors.UnavailableError,
    tf.errors.InternalError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.FailedPreconditionError,
    tf.errors.UnknownError,
)
"""What TensorFlow raises when another worker is gone."""


class Team:
    """Devices that compute one step together. Without a strategy it is one device.

    Attributes:
        strategy: of ``tf.distribute``; None for one device.
        cluster: the workers on several machines; None where this process is alone.
    """

    def __init__(self, strategy: Any = None, cluster: Cluster | None = None) -> None:
        self.strategy = strategy
        self.cluster = cluster

    @property
    def share(self) -> Share:
        """Which part of every batch this process computes."""
        return WHOLE if self.cluster is None else Share(self.cluster.rank, self.cluster.count)

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run's folder."""
        return self.cluster is None or self.cluster.is_chief

    @property
    def replicas(self) -> int:
        """How many devices there are in all processes."""
        return self.strategy.num_replicas_in_sync if self.strategy is not None else 1

    def scope(self) -> AbstractContextManager[Any]:
        """Where variables are made that all devices share."""
        return self.strategy.scope() if self.strategy is not None else nullcontext()

    def compiled(self, update: Update, batch: int, *, jit: bool) -> SharedUpdate:
        """An update as a TensorFlow function over all devices.

        Args:
            update: what each device computes, of its images.
            batch: images in a batch, over all devices.
            jit: whether XLA compiles it; on one device only.
        """
        if self.strategy is None:
            alone = tf.function(update, jit_compile=jit, autograph=False)
            return lambda images, targets, stop: (alone(images, targets), stop)
        return self._shared(update, batch)

    def _shared(self, update: Update, batch: int) -> SharedUpdate:
        strategy = self.strategy

        def in_replica(images: Any, targets: Any, stop: Any) -> Any:
            result = update(images, targets)
            context = tf.distribute.get_replica_context()
            # A tensor without a device is refused: an operation here has one.
            here = tf.identity(stop)
            return result, context.all_reduce(tf.distribute.ReduceOp.SUM, here)

        @tf.function(autograph=False)  # type: ignore[untyped-decorator]
        def run(images: Any, targets: Any, stop: Any) -> Any:
            return strategy.run(in_replica, (images, targets, stop))

        def shared(images: Any, targets: Any, stop: bool) -> tuple[Any, bool]:
            asked = tf.constant(float(stop))
            try:
                found = run(self._parts(images, batch), self._parts(targets, batch), asked)
                result, stops = tf.nest.map_structure(
                    lambda value: strategy.experimental_local_results(value)[0], found
                )
                return result, bool(stops > 0)
            except _GONE as error:
                raise self._lost(error) from None

        return shared

    def _parts(self, values: Any, batch: int) -> Any:
        """What each device of this process gets of the process's images."""
        if len(self.strategy.extended.worker_devices) == 1:
            return values
        first = self.share.of(batch).start

        def part(context: Any) -> Any:
            of_batch = Share(context.replica_id_in_sync_group, self.replicas).of(batch)
            return values[of_batch.start - first : of_batch.stop - first]

        return self.strategy.experimental_distribute_values_from_function(part)

    def agree(self, facts: Mapping[str, str]) -> None:
        """Check that all workers train the same thing, and wait for them.

        Args:
            facts: what must be the same, by what it is called.

        Raises:
            SpecError: something differs (E0924), or a worker is gone (E0920).
        """
        if self.cluster is None:
            return
        found = self._gathered([_number(value) for value in facts.values()])
        for column, name in enumerate(facts):
            others = [rank for rank, row in enumerate(found) if row[column] != found[0][column]]
            if others:
                raise spec_error(
                    "E0924",
                    f"worker {others[0]} has another {name} than the chief",
                    external(f"worker {self.cluster.rank} of {self.cluster.count}"),
                    "give all workers the same command, files and versions, and a folder of the "
                    "run that all of them see",
                )

    def wait(self) -> None:
        """Wait until all workers are here.

        Raises:
            SpecError: one is gone (E0920).
        """
        if self.cluster is not None:
            self._gathered([0])

    def least(self, value: int) -> int:
        """The least of the values that the workers have; all of them ask at the same time.

        Raises:
            SpecError: one is gone (E0920).
        """
        return value if self.cluster is None else min(row[0] for row in self._gathered([value]))

    def _gathered(self, row: list[int]) -> Any:
        """A row of numbers of each worker."""

        def in_replica(values: Any) -> Any:
            context = tf.distribute.get_replica_context()
            own = tf.one_hot(context.replica_id_in_sync_group, self.replicas, dtype=tf.int64)
            return context.all_reduce(tf.distribute.ReduceOp.SUM, own[:, None] * values)

        @tf.function(autograph=False)  # type: ignore[untyped-decorator]
        def gather(values: Any) -> Any:
            return self.strategy.run(in_replica, (values,))

        try:
            found = gather(tf.constant([row], tf.int64))
            rows = self.strategy.experimental_local_results(found)[0].numpy()
        except _GONE as error:
            raise self._lost(error) from None
        return rows[:: len(rows) // self.share.count].tolist()

    def _lost(self, error: Any) -> SpecError:
        assert self.cluster is not None
        others = [rank for rank in range(self.cluster.count) if rank != self.cluster.rank]
        lost = [rank for rank in others if not is_reachable(self.cluster, rank)]
        lines = [line for line in str(error.message).splitlines() if "aborted" in line]
        return worker_lost(self.cluster, lost, note=sanitize(shortened("".join(lines[:1]), 160)))


def open_team(devices: Devices) -> Team:
    """The devices that are asked for; with several workers, the first thing TensorFlow does.

    Raises:
        SpecError: a worker does not come (E0920), or TensorFlow cannot form the cluster, perhaps
            as it is in use already (E0922).
    """
    if devices.cluster is not None:
        return _multi_worker(devices.cluster)
    if devices.mirrored:
        gpus = tf.config.list_logical_devices("GPU")
        names = [device.name for device in gpus or tf.config.list_logical_devices("CPU")]
        # TensorFlow's own choice for several CPU devices may wait for ever, where cores are few.
        reduction = None if gpus else tf.distribute.ReductionToOneDevice()
        if len(names) > 1:
            return Team(tf.distribute.MirroredStrategy(names, reduction))
    return Team()


@cache
def _multi_worker(cluster: Cluster) -> Team:
    """One cluster in a process: TensorFlow cannot form another."""
    meet(cluster)
    try:
        with interrupts.left_to_the_system():
            return Team(tf.distribute.MultiWorkerMirroredStrategy(), cluster)
    except (RuntimeError, *_GONE) as error:
        line = sanitize(shortened(str(error).strip().splitlines()[0], 160))
        raise spec_error(
            "E0922",
            "TensorFlow cannot form a cluster in this process",
            external(f"worker {cluster.rank} of {cluster.count}"),
            "begin training before anything else uses TensorFlow, with addresses that belong to "
            "the machines",
            notes=(line,),
        ) from None


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")
