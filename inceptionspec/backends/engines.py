"""The ways to run a network for inference: a closed table. Nothing here needs TensorFlow."""

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
        layers: whether Keras layers compute, with variables for weights; otherwise plain
            TensorFlow operations do, with constants.
        weights_as_inputs: whether the function takes kernels as inputs where the process says
            that no weight changes (``FROZEN``). Memory then holds each kernel once, and
            oneDNN packs it once. An engine whose norms TensorFlow folds needs constants.
        rewritten: whether the graph is rewritten first.
        without: passes of the rewriting that are left out.
        split_batch: whether a batch of ``LEAST_HALVED`` images or more is computed as two halves
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
"""The variable by which a process tells TensorFlow that it changes no weights. TensorFlow reads it
once; whoever trains in such a process gets wrong results, so that it is never set in another's."""

LEAST_HALVED = 8
"""From so many images on, a half keeps the cores busy by itself."""

ENGINES: Mapping[str, Engine] = MappingProxyType(
    {
        "keras": Engine("the Keras model in a `tf.function`", layers=True),
        "graph": Engine("plain TensorFlow operations, the weights constants"),
        # On CPUs the slices behind a merged convolution, which copy, cost more than it saves.
        # Two halves leave no core without work where one operator ends and the next begins.
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
    """Whether this process has been told that no weight changes."""
    return os.environ.get(FROZEN, "").lower() in ("1", "true")


def engine(name: str) -> Engine:
    """The engine of a name.

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
    """What an engine that runs the rewritten graph makes of it, by the passes that it takes."""
    return rewrite(graph, outputs, chosen_passes(without=engine.without))
