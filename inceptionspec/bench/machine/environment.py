"""What a figure depends on besides the network: machine, versions, switches."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from typing import Any

from inceptionspec._version import __version__
from inceptionspec.backends.engines import FLOAT32, FROZEN, ONEDNN
from inceptionspec.bench.machine import cpu
from inceptionspec.engines.tensorflow import gpu_in_use


def environment() -> dict[str, Any]:
    """Where a benchmark runs, with sorted keys, as plain data for JSON.

    A value is None where the system does not report it or where it is not set. The switches
    of TensorFlow are None in a process that has not imported it. A thread count of 0 is
    TensorFlow's own choice: one thread for each logical core.
    """
    tf = sys.modules.get("tensorflow")
    threading = tf.config.threading if tf else None
    gpu = gpu_in_use() if tf else ""
    return {
        "cores": {"logical": cpu.logical_cores(), "physical": cpu.physical_cores()},
        "cpu": cpu.model_name(),
        "dtype": FLOAT32,
        "gpus": [gpu] if gpu else [],
        "inceptionspec": __version__,
        "keras": version("keras"),
        "litert": version("ai-edge-litert") if "ai_edge_litert" in sys.modules else None,
        "load_average": load_average(),
        "onednn": {**_variables(ONEDNN, FROZEN), "effective": onednn_is_on()},
        "onnxruntime": version("onnxruntime") if "onnxruntime" in sys.modules else None,
        "openvino": version("openvino") if "openvino" in sys.modules else None,
        "platform": platform.platform(),
        "python": platform.python_version(),
        "tensorflow": version("tensorflow"),
        "threads": {
            **_variables("OMP_NUM_THREADS", "TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS"),
            "inter_op": threading.get_inter_op_parallelism_threads() if threading else None,
            "intra_op": threading.get_intra_op_parallelism_threads() if threading else None,
        },
        "xla": _variables("TF_XLA_FLAGS", "XLA_FLAGS"),
    }


def load_average() -> list[float] | None:
    """Processes that ran or waited to run, over the last 1, 5 and 15 minutes.

    Read before a benchmark starts, it is the load of other programs.
    """
    try:
        return [round(load, 2) for load in os.getloadavg()]
    except (AttributeError, OSError):  # Windows has none
        return None


def version(package: str) -> str | None:
    """The version of a package, without importing it; None where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # `tensorflow-cpu` and others share only the module
        return getattr(sys.modules.get(package), "__version__", None)


def onednn_is_on() -> bool | None:
    """Whether TensorFlow's kernels are oneDNN's; by default that depends on the processor.

    None where TensorFlow is not imported, or does not say.
    """
    if "tensorflow" not in sys.modules:
        return None
    try:
        # There is no public function; a release that moves this one leaves the figure open.
        from tensorflow.python.util import _pywrap_util_port
    except ImportError:
        return None
    return bool(_pywrap_util_port.IsMklEnabled())


def _variables(*names: str) -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in names}
