"""What the Python API does where packages are missing, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
        ("network.export('v1.onnx')", ("numpy",), "weights"),
        ("network.predict(['a.png'], 'v1.ckpt')", ("numpy",), "weights"),
        ("inceptionspec.verify('v1.onnx')", ("numpy",), "weights"),
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


@pytest.mark.parametrize(
    "arguments",
    [
        ("weights", "a.ckpt"),
        ("predict", "inception_v1", "a.png", "--weights", "a.ckpt"),
        ("export", "inception_v1", "-o", "v1.onnx"),
        ("verify", "v1.onnx"),
        ("train", "inception_v1", "--recipe", "quick", "--data", "d", "--out", "run"),
        ("evaluate", "inception_v1", "--weights", "a.ckpt", "--data", "d"),
    ],
)
def test_a_command_says_which_package_it_needs(arguments: tuple[str, ...], tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['numpy'] = None\n"
        "from inceptionspec.cli.main import main\n"
        f"sys.argv = ['specbuild', *{arguments!r}]\n"
        "sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert "error[E0704]: the package `numpy` is not installed" in done.stderr
    assert "pip install 'inceptionspec[weights]'" in done.stderr


def test_building_is_silent() -> None:
    pytest.importorskip("tensorflow")
    code = "import inceptionspec as i; i.load('inception_v1').to_inference(outputs='Mixed_3b')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
