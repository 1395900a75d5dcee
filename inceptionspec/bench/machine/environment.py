"""What a figure depends on besides the network: machine, versions, switches."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from typing import Any

from inceptionspec._version import __version__
from inceptionspec.backends.engines import FROZEN
from inceptionspec.bench.machine import cpu

DTYPE = "float32"
ONEDNN = "TF_ENABLE_ONEDNN_OPTS"
"""The variable that turns TensorFlow's oneDNN kernels on and off."""


def environment() -> dict[str, Any]:
    """Where a benchmark is made, with sorted keys and nothing that JSON cannot say.

    What the system does not tell and what is not set is None, and so are the switches of a
    TensorFlow that the process has not imported. Threads of 0 are TensorFlow's choice, one
    for each logical core.
    """
    tf = sys.modules.get("tensorflow")
    return {
        "cores": {"logical": cpu.logical_cores(), "physical": cpu.physical_cores()},
        "cpu": cpu.model_name(),
        "dtype": DTYPE,
        "gpus": [one.name for one in tf.config.list_physical_devices("GPU")] if tf else [],
        "inceptionspec": __version__,
        "keras": version("keras"),
        "load_average": load_average(),
        "onednn": {**_variables(ONEDNN, FROZEN), "effective": onednn_is_on()},
        "onnxruntime": version("onnxruntime") if "onnxruntime" in sys.modules else None,
        "platform": platform.platform(),
        "python": platform.python_version(),
        "tensorflow": version("tensorflow"),
        "threads": {
            **_variables("OMP_NUM_THREADS", "TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS"),
            "inter_op": tf.config.threading.get_inter_op_parallelism_threads() if tf else None,
            "intra_op": tf.config.threading.get_intra_op_parallelism_threads() if tf else None,
        },
        "xla": _variables("TF_XLA_FLAGS", "XLA_FLAGS"),
    }


def load_average() -> list[float] | None:
    """Processes that ran or waited to run, over the last 1, 5 and 15 minutes.

    To be asked for before a benchmark: the load is then that of others.
    """
    try:
        return [round(one, 2) for one in os.getloadavg()]
    except (AttributeError, OSError):  # Windows has none
        return None


def version(package: str) -> str | None:
    """The version of a package, without importing it; None where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # `tensorflow-cpu` and others have the module alone
        return getattr(sys.modules.get(package), "__version__", None)


def _variables(*names: str) -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in names}


def onednn_is_on() -> bool | None:
    """Whether TensorFlow's kernels are oneDNN's: the variable's default depends on the CPU.

    None where TensorFlow is not imported, or does not tell.
    """
    if "tensorflow" not in sys.modules:
        return None
    try:
        # No public name tells; a release that moves this one leaves the figure open.
        from tensorflow.python.util import _pywrap_util_port
    except ImportError:
        return None
    return bool(_pywrap_util_port.IsMklEnabled())
