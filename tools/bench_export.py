"""Measure writing ONNX and `.tflite` files where no TensorFlow, Keras or torch can be imported.

    python tools/bench_export.py [NETWORK ...] [--weights FILE] [--runs N] [--compare]

For each built-in spec of at most 30 million parameters, or those that are named, prints the
processor time of writing alone, the least of N runs, and fails above 2 s. Weights are seeded
arrays, or those of a safetensors file whose names are `path/weight`. With `--compare` both files
run on one picture: the largest difference, relative to the largest logit, must be at most 1e-5.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

for _absent in ("tensorflow", "keras", "torch"):
    sys.modules[_absent] = None  # type: ignore[assignment]  # importing it raises

import numpy as np  # noqa: E402

import inceptionspec  # noqa: E402
from inceptionspec.backends.litert import litert_model  # noqa: E402
from inceptionspec.backends.onnx import onnx_model  # noqa: E402
from inceptionspec.ir.graph import Graph  # noqa: E402

PARAMS = 30_000_000
SECONDS = 2.0
DEVIATION = 1e-5


def seeded(graph: Graph, seed: int = 5) -> dict[tuple[str, str], Any]:
    """Weights that keep the size of what passes through: variances and factors are near 1."""
    generator = np.random.default_rng(seed)
    values = {}
    for node in graph.nodes:
        for weight in node.weights:
            value = generator.standard_normal(weight.shape, "float32")
            if "kernel" in weight.name:
                # A depthwise kernel adds up height x width products, others channels as well.
                axes = weight.shape[:2] if weight.name == "depthwise_kernel" else weight.shape[:-1]
                value *= math.sqrt(2 / math.prod(axes))
            elif weight.name in ("moving_variance", "gamma"):
                value = 1 + 0.1 * np.abs(value)
            else:
                value *= 0.1
            values[node.path, weight.name] = value
    return values


def stored(graph: Graph, file: str) -> dict[tuple[str, str], Any]:
    """The weights of a safetensors file."""
    from safetensors.numpy import load_file

    arrays = load_file(file)
    return {
        (node.path, weight.name): arrays[f"{node.path}/{weight.name}"]
        for node in graph.nodes
        for weight in node.weights
    }


def least(write: Callable[[], bytes], runs: int) -> tuple[float, bytes]:
    """The least processor time of some runs, in seconds, and the file."""
    taken, content = [], b""
    for _ in range(runs):
        start = time.process_time()
        content = write()
        taken.append(time.process_time() - start)
    return min(taken), content


def deviation(graph: Graph, onnx: bytes, tflite: bytes) -> float:
    """The largest difference of the outputs of two files, relative to the largest of each."""
    import onnxruntime
    from ai_edge_litert.interpreter import Interpreter

    shape = (1, *(side or 224 for side in graph.nodes[0].shape))
    images = np.random.default_rng(3).uniform(-1, 1, shape).astype("float32")
    session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    expected = dict(
        zip(names, session.run(None, {"images": images.transpose(0, 3, 1, 2)}), strict=True)
    )
    interpreter = Interpreter(model_content=tflite)
    interpreter.allocate_tensors()
    got: Mapping[str, Any] = interpreter.get_signature_runner()(images=images)
    return max(
        float(np.abs(value - got[name]).max() / np.abs(value).max())
        for name, value in expected.items()
    )


def main() -> int:
    """Print a row for each network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*")
    parser.add_argument("--weights")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--compare", action="store_true")
    given = parser.parse_args()
    failed = False
    print(f"{'network':28}{'params':>12}{'ONNX s':>9}{'.tflite s':>11}  deviation")
    for name in given.networks or inceptionspec.builtin_specs():
        network = inceptionspec.load(name)
        if network.params > PARAMS and not given.networks:
            continue
        graph = network.graph
        values = stored(graph, given.weights) if given.weights else seeded(graph)
        onnx_time, onnx = least(partial(onnx_model, graph, values), given.runs)
        tflite_time, tflite = least(partial(litert_model, graph, values), given.runs)
        apart = deviation(graph, onnx, tflite) if given.compare else 0.0
        shown = f"{apart:11.1e}" if given.compare else ""
        print(f"{name:28}{network.params:12,}{onnx_time:9.2f}{tflite_time:11.2f}{shown}")
        failed = failed or max(onnx_time, tflite_time) > SECONDS or apart > DEVIATION
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
