"""Compare versions of ONNX Runtime with Keras: models written here, run anywhere.

    python tools/check_onnxruntime.py write FOLDER
    OTHER/bin/python tools/check_onnxruntime.py run FOLDER

`write` needs the project and TensorFlow. `run` needs NumPy and the version of `onnxruntime` to
check, such as the oldest that `setup.cfg` admits, in an environment of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

TOLERANCE = 1e-4
"""Of the largest magnitude: what the order of sums in float32 may change."""
WINDOWS = (
    "kernel: 3x3, padding: same",
    "kernel: 3x3, stride: 2, padding: same",
    "kernel: 2x3, stride: 2x1, padding: valid",
    "kernel: 5x1, padding: same",
    'kernel: 3x3, padding: "0x2"',
    "kernel: 3x3, stride: 2, padding: {top: 0, bottom: 1, left: 2, right: 1}",
)
OPERATORS = (
    "op: conv, filters: 6, norm: batch_norm, activation: gelu",
    "op: depthwise_conv, depth_multiplier: 2",
    "op: max_pool",
    "op: avg_pool",
    "op: avg_pool, count_padding: true",
)


def networks() -> Iterator[tuple[str, str]]:
    """A spec for each operator with a window, each padding, known and open sizes."""
    for operator in OPERATORS:
        for number, window in enumerate(WINDOWS):
            for size in ("9x8", "any"):
                kind = f"{operator.split(',')[0][4:]}_{OPERATORS.index(operator)}"
                head = f"spec: 1\nname: t\ninput: {{size: {size}, channels: 4}}\n"
                layer = f"network:\n  - {{{operator}, {window}}}\n"
                yield f"{kind}_{number}_{size}", head + layer


def write(folder: Path) -> None:
    """A model, what it reads and what Keras computes of that, for each network."""
    import inceptionspec
    from inceptionspec.backends.keras import build, weight_values
    from inceptionspec.backends.onnx import onnx_model

    images = np.random.default_rng(3).uniform(-1, 1, (2, 9, 8, 4)).astype("float32")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in networks():
        graph = inceptionspec.load(text).graph
        model = build(graph)
        data = onnx_model(graph, weight_values(model, graph))
        (folder / f"{name}.onnx").write_bytes(data)
        expected = np.asarray(model(images)).transpose(0, 3, 1, 2)
        np.savez(folder / f"{name}.npz", images=images.transpose(0, 3, 1, 2), expected=expected)
    print(f"wrote {len(list(networks()))} models to {folder}")


def run(folder: Path) -> int:
    """Run what was written; the result is 1 where a model computes something else."""
    import onnxruntime

    worst, wrong = 0.0, []
    models = sorted(folder.glob("*.onnx"))
    for model in models:
        given = np.load(model.with_suffix(".npz"))
        session = onnxruntime.InferenceSession(
            model.read_bytes(), providers=["CPUExecutionProvider"]
        )
        (got,) = session.run(None, {"images": given["images"]})
        expected = given["expected"]
        same = got.shape == expected.shape
        deviation = np.abs(got - expected).max() / np.abs(expected).max() if same else np.inf
        worst = max(worst, float(deviation))
        if not deviation <= TOLERANCE:
            wrong.append(model.stem)
    version = onnxruntime.__version__
    print(f"onnxruntime {version}: {len(models)} models, largest deviation {worst:.1e}")
    for name in wrong:
        print(f"  wrong: {name}")
    return 1 if wrong or not models else 0


def main(arguments: list[str]) -> int:
    """Write or run."""
    if len(arguments) == 2 and arguments[0] == "write":
        write(Path(arguments[1]))
        return 0
    if len(arguments) == 2 and arguments[0] == "run":
        return run(Path(arguments[1]))
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
