"""The engines that run a network for inference: a closed table, without TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.ir.graph import Graph
from inceptionspec.rewrites.rewrite import Rewritten, chosen_passes, rewrite


class Engine(NamedTuple):
    """One way to run a network.

    Fields:
        doc: what it is, in a line.
        layers: whether Keras layers with variables compute; otherwise plain TensorFlow operations
            with constants do.
        weights_as_inputs: whether the function takes kernels as inputs in a process in which no
            weight changes (``FROZEN``). TensorFlow then copies no kernel, and oneDNN packs each
            of them only once. An engine whose norms TensorFlow folds needs constants.
        rewritten: whether the graph is rewritten first.
        without: passes that are left out of the rewriting.
        split_batch: whether a batch of at least ``LEAST_HALVED`` images is computed as two halves
            that run side by side.
        jit_compile: whether XLA compiles it.
    """

    doc: str
    layers: bool = False
    weights_as_inputs: bool = False
    rewritten: bool = False
    without: tuple[str, ...] = ()
    split_batch: bool = False
    jit_compile: bool = False


FROZEN = "TF_ONEDNN_ASSUME_FROZEN_WEIGHTS"
"""The environment variable that tells TensorFlow that no weight of the process changes.

TensorFlow reads it once. Training in such a process gives wrong results, so that it is set only in
processes of our own."""

LEAST_HALVED = 8
"""The smallest batch whose halves each keep a core busy."""

ENGINES: Mapping[str, Engine] = MappingProxyType(
    {
        "keras": Engine("the Keras model in a `tf.function`", layers=True),
        "graph": Engine("plain TensorFlow operations, the weights constants"),
        # On CPUs the slices after a merged convolution copy, which costs more than it saves.
        # With two halves no core is idle where one operator ends and the next begins.
        "optimized": Engine(
            "the same of the rewritten graph, large batches as two halves side by side",
            weights_as_inputs=True,
            rewritten=True,
            without=("fuse-parallel-pointwise",),
            split_batch=True,
        ),
        "xla": Engine("the rewritten graph, compiled by XLA", rewritten=True, jit_compile=True),
    }
)


def weights_frozen() -> bool:
    """Whether the environment says that no weight of this process changes."""
    return os.environ.get(FROZEN, "").lower() in ("1", "true")


def engine(name: str) -> Engine:
    """An engine by its name.

    Raises:
        SpecError: there is none (E0806).
    """
    if name in ENGINES:
        return ENGINES[name]
    raise spec_error(
        "E0806",
        f"there is no engine `{name}`",
        f"engine={name!r}",
        *(did_you_mean(name, ENGINES) or (f"the engines are {listed(tuple(ENGINES))}",)),
    )


def rewritten_for(engine: Engine, graph: Graph, outputs: str | Sequence[str] | None) -> Rewritten:
    """The graph that an engine runs, rewritten by the passes that it takes."""
    return rewrite(graph, outputs, chosen_passes(without=engine.without))
