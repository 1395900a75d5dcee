"""Import the models of keras.applications, and compare what comes out.

    python tools/check_import.py               all 40 models, each in a process of its own
    python tools/check_import.py NAME ...      some of them
    python tools/check_import.py --table ...   also write their rows in docs/import.md
    python tools/check_import.py --specs       the built-in specs, built as Keras models

For each model, its weights and norm statistics are drawn, Keras saves it as `.keras`, and the file
is imported. The spec must pass `check` without a finding, have as many parameters, and give the
same outputs: the largest deviation before the softmax, as a share of the largest output, must be at
most 1e-5. Exits with 1 if a model fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import inceptionspec
from inceptionspec import builtin_specs
from inceptionspec.backends.applications import APPLICATIONS
from inceptionspec.importers.recovery.signature import signature

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

LARGEST_DEVIATION = 1e-5
PAGE = Path(__file__).resolve().parent.parent / "docs" / "import.md"
HEADER = "| model | parameters |"
"""How the table of the page begins; another table there is of times."""
#: The side of the input, where that of the model itself would take long.
SIZES = {
    "ConvNeXtLarge": 96, "ConvNeXtXLarge": 64, "EfficientNetB4": 224, "EfficientNetB5": 224,
    "EfficientNetB6": 224, "EfficientNetB7": 224, "EfficientNetV2L": 224, "EfficientNetV2M": 224,
    "EfficientNetV2S": 224, "NASNetLarge": 331,
}  # fmt: skip
_OPEN = 224
"""The side where a model leaves it open."""


class Row(NamedTuple):
    """What came of a model."""

    name: str
    params: int
    source_layers: int
    layers: int
    blocks: int
    lines: int
    builtin: str
    deviation: float

    def text(self) -> str:
        """Its row of the table."""
        return (
            f"| {self.name} | {self.params:,} | {self.source_layers:,} | {self.layers:,} "
            f"| {self.blocks} | {self.lines} | {self.builtin} | {self.deviation:.0e} |"
        )


def main(arguments: list[str]) -> int:
    """Check some models; the exit code."""
    table = "--table" in arguments
    names = [name for name in arguments if not name.startswith("--")]
    if set(arguments) - set(names) - {"--table", "--specs", "--here"}:
        print(__doc__)
        return 2
    if "--specs" in arguments:
        return sum(not came_back(name) for name in names or builtin_specs())
    if "--here" in arguments:
        row = checked(names[0])
        print(row.text(), flush=True)
        if table:
            write_row(row)
        return 0
    failed = 0
    for name in names or sorted(APPLICATIONS):
        # In a process of its own: TensorFlow gives no memory back.
        command = [sys.executable, __file__, "--here", name, *(["--table"] if table else [])]
        failed += subprocess.run(command, check=False).returncode != 0
    return int(failed > 0)


def came_back(name: str) -> bool:
    """Whether a built-in spec, built as a Keras model, is imported as the same network."""
    import keras

    keras.utils.clear_session()
    network = inceptionspec.load(name)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.json"
        file.write_text(network.to_keras().to_json(), encoding="utf-8")
        found = inceptionspec.import_model(file)
    same = signature(found.network.graph).whole == signature(network.graph).whole
    print(f"{name:28} {'equal' if same else 'DIFFERS'}  {found.builtin}", flush=True)
    return same


def checked(name: str) -> Row:
    """Import a model and compare.

    Raises:
        AssertionError: something differs.
    """
    import keras
    import numpy as np

    from inceptionspec.backends.keras import assign, build

    sized = {"input_shape": (SIZES[name], SIZES[name], 3)} if name in SIZES else {}
    model = getattr(keras.applications, name)(weights=None, **sized)
    draw_weights(model)
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, f"{name}.keras")
        model.save(file)
        start = time.perf_counter()
        found = inceptionspec.import_model(file)
        seconds = time.perf_counter() - start
        arrays = found.arrays()
    sides = [side or _OPEN for side in model.input_shape[1:3]]
    images = np.random.default_rng(1).uniform(-1, 1, (1, *sides, 3)).astype("float32")
    if any(layer.name.startswith(("rescaling", "normalization")) for layer in model.layers[:3]):
        images = (images + 1) * 127.5  # it reads bytes
    model.layers[-1].activation = keras.activations.linear
    expected = np.asarray(model(images, training=False)).reshape(-1)
    params = model.count_params()
    source_layers = len(model.layers)
    del model
    ours = build(found.network.graph)
    assign(ours, found.network.graph, arrays)
    (logits,) = ours(images, training=False).values()
    logits = np.asarray(logits).reshape(-1)
    deviation = float(np.abs(logits - expected).max() / np.abs(expected).max())
    findings = found.network.check().findings
    print(f"{name}: imported in {seconds:.1f} s", file=sys.stderr)
    assert not findings, f"{name}: {findings}"
    assert found.network.params == params, f"{name}: {found.network.params} of {params} parameters"
    assert deviation <= LARGEST_DEVIATION, f"{name}: deviates by {deviation:.1e}"
    return Row(
        name,
        params,
        source_layers,
        len(found.network.graph.nodes) - 1,
        len(found.network.spec.blocks),
        found.text.count("\n"),
        f"{found.builtin}{', varied' * found.varies}",
        deviation,
    )


def draw_weights(model: Any, seed: int = 1) -> None:
    """Give norms, biases and scales values that show which is which."""
    import numpy as np

    draw = np.random.default_rng(seed)
    for variable in model.weights:
        if variable.name == "gamma":
            # Larger ones make deep networks chaotic: a last bit of the input is 1e-3 of the output.
            variable.assign(draw.uniform(0.3, 0.7, variable.shape))
        elif variable.name == "moving_variance":
            variable.assign(draw.uniform(0.5, 1.5, variable.shape))
        elif variable.name in ("beta", "bias", "moving_mean"):
            variable.assign(draw.normal(size=variable.shape) * 0.1)
        elif variable.name in ("mean", "variance"):
            variable.assign(draw.uniform(50, 150, variable.shape) / 255)
        elif variable.name == "count":
            variable.assign(7)
    for layer in model.layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()  # what Normalization computes with


def write_row(row: Row) -> None:
    """Put a row into the table of the page, in order of names."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(HEADER)) + 2
    end = next(number for number in range(start, len(lines) + 1) if not _is_row(lines, number))
    rows = {line.split("|")[1].strip(): line for line in lines[start:end]}
    rows[row.name] = row.text()
    lines[start:end] = [rows[name] for name in sorted(rows)]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _is_row(lines: list[str], number: int) -> bool:
    return number < len(lines) and lines[number].startswith("|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
