"""ONNX and `.tflite` files in a process in which no framework of training can be imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import sys
for absent in ("tensorflow", "keras", "torch"):
    sys.modules[absent] = None  # importing it raises
import numpy as np
import inceptionspec
from inceptionspec.backends.litert import litert_model
from inceptionspec.backends.onnx import onnx_model
from inceptionspec.backends.weight_exprs import evaluate
from inceptionspec.rewrites import rewrite
for name in inceptionspec.builtin_specs():
    main = inceptionspec.load(name).graph.main
    graph = inceptionspec.load(name, width=0.125, input=96, head=main or ()).graph
    values = {
        (node.path, weight.name): np.ones(weight.shape, "float32")
        for node in graph.nodes for weight in node.weights
    }
    found = rewrite(graph)
    optimized = evaluate(found.weights, values)
    for write in (onnx_model, litert_model):
        assert len(write(graph, values)) > 100_000, name
        assert len(write(found.graph, optimized, found.outputs)) > 100_000, name
print("written")
"""


def test_all_built_in_networks() -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("ai_edge_litert")
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "written\n"), done.stderr


@pytest.mark.parametrize(
    ("missing", "extra"), [("ai_edge_litert", "litert"), ("flatbuffers", "litert")]
)
def test_a_missing_package_is_a_finding_that_says_how_to_get_it(missing: str, extra: str) -> None:
    code = (
        f"import sys\nsys.modules[{missing!r}] = None\n"
        "import inceptionspec\n"
        "try:\n    import inceptionspec.backends.litert\n"
        "except inceptionspec.MissingPackageError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "E0704" in done.stdout
    assert f"pip install 'inceptionspec[{extra}]'" in done.stdout
