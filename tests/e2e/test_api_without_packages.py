"""What the Python API does where packages are missing, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import sys
for name in {missing!r}:
    sys.modules[name] = None  # importing it fails
import inceptionspec
network = inceptionspec.load("inception_v1")
try:
    {call}
except ImportError as error:
    assert isinstance(error, inceptionspec.MissingPackageError)
    print(error)
"""
TENSORFLOW = ("tensorflow", "keras")


@pytest.mark.parametrize(
    ("call", "missing", "extra"),
    [
        ("network.to_keras()", TENSORFLOW, "tensorflow"),
        ("network.to_inference()", TENSORFLOW, "tensorflow"),
        ("network.to_onnx()", TENSORFLOW, "tensorflow"),
        ("network.to_onnx()", ("onnx",), "onnxruntime"),
        ("network.plot('costs.svg')", ("matplotlib",), "plot"),
    ],
)
def test_a_missing_package_is_a_finding_that_says_how_to_get_it(
    call: str, missing: tuple[str, ...], extra: str
) -> None:
    code = CODE.format(missing=missing, call=call)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "E0704" in done.stdout
    assert f"pip install 'inceptionspec[{extra}]'" in done.stdout


def test_building_is_silent() -> None:
    pytest.importorskip("tensorflow")
    code = "import inceptionspec as i; i.load('inception_v1').to_inference(outputs='Mixed_3b')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
