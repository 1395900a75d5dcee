"""The engines that run a network for inference: a closed table, without frameworks."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.ir.graph import Graph
from inceptionspec.rewrites.rewrite import PASSES, Rewritten, chosen_passes, rewrite

TENSORFLOW = "tensorflow"
FLOAT32, BFLOAT16, INT8 = "float32", "bfloat16", "int8"
PRECISIONS: Mapping[str, str] = MappingProxyType(
    {
        FLOAT32: "what a spec states",
        BFLOAT16: "products of numbers of 16 bits",
        INT8: "products of bytes, whose ranges pictures show",
    }
)
"""What an engine computes in: float32 unless it is asked for another."""
PROCESSOR_FOR: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {BFLOAT16: ("avx512_bf16", "amx_bf16")}
)
"""The features of which an x86 processor must have one to compute in a precision."""


class Engine(NamedTuple):
    """One way to run a network.

    Fields:
        doc: what it is, in a line.
        runtime: the library that computes: ``tensorflow``, ``onnxruntime``, ``openvino`` or
            ``litert``.
        title: what its makers call that library.
        extra: the extra of the project that installs it.
        packages: what must be installed, as Python imports it.
        passes: the passes that rewrite the graph first, names of ``rewrites.PASSES``; none where
            it runs as it is. They are those that make it faster: ``docs/inference.md`` has the
            figures.
        gpu_package: the package, by its name for pip, with which the library computes on a GPU;
            empty where it cannot here.
        processor: the features that an x86 processor must have.
        precisions: what it can compute in, names of ``PRECISIONS``.
        layers: whether Keras layers with variables compute; otherwise plain TensorFlow operations
            with constants do.
        weights_as_inputs: whether the function takes kernels as inputs in a process in which no
            weight changes (``FROZEN``). TensorFlow then copies no kernel, and oneDNN packs each
            of them only once. An engine whose norms TensorFlow folds needs constants.
        split_batch: whether a batch of at least ``LEAST_HALVED`` images is computed as two halves
            that run side by side.
        jit_compile: whether XLA compiles it.
        slow_operators: operators of networks that it computes so slowly that others come first.
    """

    doc: str
    runtime: str = TENSORFLOW
    title: str = "TensorFlow"
    extra: str = "tensorflow"
    packages: tuple[str, ...] = ("tensorflow", "keras")
    gpu_package: str = "nvidia-cudnn-cu12"
    passes: tuple[str, ...] = ()
    processor: tuple[str, ...] = ("avx",)
    precisions: tuple[str, ...] = (FLOAT32, BFLOAT16)
    layers: bool = False
    weights_as_inputs: bool = False
    split_batch: bool = False
    jit_compile: bool = False
    slow_operators: frozenset[str] = frozenset()

    @property
    def made_for_onednn(self) -> bool:
        """Whether it is quick with TensorFlow's oneDNN kernels, and measured with them."""
        return self.weights_as_inputs

    @property
    def in_tensorflow(self) -> bool:
        """Whether TensorFlow computes it, so that TensorFlow's switches count."""
        return self.runtime == TENSORFLOW


FROZEN = "TF_ONEDNN_ASSUME_FROZEN_WEIGHTS"
"""The environment variable that tells TensorFlow that no weight of the process changes.

TensorFlow reads it once. Training in such a process gives wrong results, so that it is set only in
processes of our own."""

ONEDNN = "TF_ENABLE_ONEDNN_OPTS"
"""The variable that switches TensorFlow's oneDNN kernels, read once when it is imported."""

LEAST_HALVED = 8
"""The smallest batch whose halves each keep a core busy."""

# On CPUs the slices after a merged convolution copy, which costs more than it saves.
_UNMERGED = tuple(name for name in PASSES if name != "fuse-parallel-pointwise")

ENGINES: Mapping[str, Engine] = MappingProxyType(
    {
        "keras": Engine("the Keras model in a `tf.function`", layers=True),
        "graph": Engine("plain TensorFlow operations, the weights constants"),
        # With two halves no core is idle where one operator ends and the next begins.
        "optimized": Engine(
            "the same of the rewritten graph, large batches as two halves side by side",
            passes=_UNMERGED,
            weights_as_inputs=True,
            split_batch=True,
        ),
        "xla": Engine(
            "the rewritten graph, compiled by XLA",
            passes=tuple(PASSES),
            # On CPUs it turns products of bfloat16 into those of float32.
            precisions=(FLOAT32,),
            jit_compile=True,
        ),
        # It finds convolutions with their norms and activations itself, unless a rewrite hides
        # them, but does not move the factor of a residual sum into a kernel.
        "onnxruntime": Engine(
            "ONNX Runtime with the factors of sums in the kernels",
            runtime="onnxruntime",
            title="ONNX Runtime",
            extra="onnxruntime",
            gpu_package="onnxruntime-gpu",
            packages=("onnx", "onnxruntime"),
            passes=("dead-code-elimination", "fuse-linear"),
            processor=(),
            precisions=(FLOAT32, INT8),
            # With them Inception V1 of the paper takes 1.4 to 1.7 times as long as in OpenVINO.
            slow_operators=frozenset({"lrn"}),
        ),
        "openvino": Engine(
            "OpenVINO with the rewritten graph",
            runtime="openvino",
            title="OpenVINO",
            extra="openvino",
            gpu_package="",
            packages=("onnx", "openvino"),
            passes=_UNMERGED,
            processor=("sse4_2",),
            precisions=(FLOAT32, BFLOAT16, INT8),
        ),
        "litert": Engine(
            "LiteRT with the rewritten graph",
            runtime="litert",
            title="LiteRT",
            extra="litert",
            gpu_package="",
            packages=("ai_edge_litert", "flatbuffers"),
            passes=_UNMERGED,
            processor=(),
            precisions=(FLOAT32,),
            # XNNPACK has no such kernel: Inception V1 of the paper can be slower than in Keras.
            slow_operators=frozenset({"lrn"}),
        ),
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
    return rewrite(graph, outputs, chosen_passes(engine.passes))
