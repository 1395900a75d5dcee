"""What a figure depends on besides the network: machine, versions, switches."""

from __future__ import annotations

import importlib
import os
import platform
from typing import Any

from inceptionspec import __version__
from inceptionspec.runs import cpu
from inceptionspec.runs.forward import DTYPE, JIT_COMPILE


def environment() -> dict[str, Any]:
    """Where a benchmark is made, with sorted keys and nothing that JSON cannot say.

    To be called before the benchmark: the load average is then that of others. What the
    system does not tell and what is not set is None. Threads of 0 are TensorFlow's choice,
    one for each logical core.

    Raises:
        SpecError: TensorFlow is not installed.
    """
    importlib.import_module("inceptionspec.backends.keras")  # it explains a lack of TensorFlow
    import keras
    import tensorflow as tf

    return {
        "cores": {"logical": cpu.logical_cores(), "physical": cpu.physical_cores()},
        "cpu": cpu.model_name(),
        "dtype": DTYPE,
        "gpus": [device.name for device in tf.config.list_physical_devices("GPU")],
        "inceptionspec": __version__,
        "jit_compile": JIT_COMPILE,
        "keras": keras.__version__,
        "load_average": _load_average(),
        "onednn": {**_variables("TF_ENABLE_ONEDNN_OPTS"), "effective": _onednn()},
        "platform": platform.platform(),
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "threads": {
            **_variables("OMP_NUM_THREADS", "TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS"),
            "inter_op": tf.config.threading.get_inter_op_parallelism_threads(),
            "intra_op": tf.config.threading.get_intra_op_parallelism_threads(),
        },
        "xla": _variables("TF_XLA_FLAGS", "XLA_FLAGS"),
    }


def _variables(*names: str) -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in names}


def _load_average() -> list[float] | None:
    """Processes that ran or waited to run, over the last 1, 5 and 15 minutes."""
    try:
        return [round(one, 2) for one in os.getloadavg()]
    except (AttributeError, OSError):  # Windows has none
        return None


def _onednn() -> bool | None:
    """Whether TensorFlow's kernels are oneDNN's: the variable's default hangs on the CPU."""
    try:
        # No public name tells; a release that moves this one leaves the figure open.
        from tensorflow.python.util import _pywrap_util_port
    except ImportError:
        return None
    return bool(_pywrap_util_port.IsMklEnabled())
