"""OpenVINO's package without its telemetry, and its one core in this process."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

_TELEMETRY = "openvino_telemetry"


def import_openvino() -> Any:
    """The package ``openvino``, which tells nobody that it is imported.

    By itself it sends an event to its makers from a fork of this process. A fork of a process
    with threads may stop for ever, and this process then waits for it when it ends.
    """
    hidden = _TELEMETRY not in sys.modules
    if hidden:
        sys.modules[_TELEMETRY] = None  # type: ignore[assignment] # as if it were not installed
    try:
        import openvino
    finally:
        if hidden:
            del sys.modules[_TELEMETRY]
    return openvino


@cache
def openvino_core() -> Any:
    """The object that compiles networks, which stays until the process ends.

    Each core gives the main thread a stack for handlers of signals, and at its end gives back the
    one before. Where a later core outlives an earlier one, that one is freed, and the next Ctrl-C
    is a segmentation fault (OpenVINO 2026.4, processors with AVX-512).
    """
    return import_openvino().Core()
