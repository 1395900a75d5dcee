"""The engine that `auto` stands for: what was measured here, otherwise the first of an order."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

from inceptionspec.backends.engines import ENGINES, ONEDNN
from inceptionspec.bench.machine.environment import onednn_is_on
from inceptionspec.bench.records.tuning_cache import Choice, cache_file, cache_key, look_up, store
from inceptionspec.bench.request.modes import MODES
from inceptionspec.bench.request.request import DEFAULT_ENGINE, BenchRequest
from inceptionspec.bench.tune import tune
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.engines.available import available, check_any_available
from inceptionspec.engines.order import preferred
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.frontend.reading.spec_files import builtin_name
from inceptionspec.utils.processor import processor_features

AUTO = "auto"
_ONEDNN_BY_DEFAULT = frozenset(("avx512_vnni", "avx512_bf16", "amx_tile"))
"""With one of these features TensorFlow's oneDNN kernels are on unless it is told otherwise."""


class Chosen(NamedTuple):
    """An engine, and why.

    Fields:
        engine: its name.
        onednn: the switch that it was measured with; None where none is to be set.
        why: a line on it.
        measured: whether it was measured here, rather than taken by an order.
        note: what is wrong with the file of choices; empty where nothing is.
    """

    engine: str
    onednn: bool | None
    why: str
    measured: bool
    note: str = ""


def choose(
    loaded: LoadedSpec,
    request: BenchRequest,
    *,
    switchable: bool = False,
    file: Path | None = None,
) -> Chosen:
    """The fastest engine that was measured for a network on this machine, and that can run now.

    Nothing is measured. Without a measurement it is the first of the network's order or of the
    usual one (``engines.order``), in training the Keras model.

    Args:
        loaded: the network.
        request: what is run of it; its engine does not count.
        switchable: whether TensorFlow's switches may still be set for what computes.
        file: where choices are kept; the user's cache by default.

    Raises:
        SpecError: no engine is installed (E0704), or none computes in the precision (E0823).
    """
    found = look_up(cache_key(loaded, request), file or cache_file())
    for choice in found.choices:
        if _runs_now(choice, request.precision, switchable):
            line = measured_line(choice, _in(request))
            return Chosen(choice.engine, choice.onednn, line, True, found.note)
    engine, onednn, reason = DEFAULT_ENGINE, None, ", which trains"
    if not MODES[request.mode].trains:
        check_any_available(request.precision, f"--precision {request.precision}")
        able = _can_be(True, switchable)
        order = preferred(
            request.batch,
            request.precision,
            loaded.graph,
            builtin=builtin_name(loaded.source),
            onednn=able,
        )
        engine = order.engines[0]
        onednn = (able and ENGINES[engine].made_for_onednn) or None
        reason = " by the usual order"
        if order.from_figures:
            reason = f" by the figures of {loaded.name} on such processors"
    why = (
        f"engine {engine}{_in(request)}{reason}: no tuning is remembered for this network, "
        "batch and machine (`specbuild bench --tune`)"
    )
    return Chosen(engine, onednn, why, False, found.note)


def tune_and_remember(loaded: LoadedSpec, request: BenchRequest) -> str:
    """Measure every engine, and remember what was found.

    Returns:
        why it is not remembered; empty where it is.

    Raises:
        SpecError: as ``tune`` does.
    """
    found = tune(loaded, request)
    try:
        store(cache_key(loaded, request), found, cache_file())
    except SpecError as error:
        return error.findings[0].message
    return ""


def measured_line(choice: Choice, precision: str = "") -> str:
    """What a measurement found, in a line.

    Args:
        choice: what was found.
        precision: the words for it, where it is not float32.
    """
    switch = "" if choice.onednn is None else f", oneDNN {'on' if choice.onednn else 'off'}"
    switch = f"{precision}{switch}"
    if choice.engine == choice.baseline:
        return f"engine {choice.engine}{switch}: none was faster here on {choice.when}"
    return (
        f"engine {choice.engine}{switch}: {choice.ratio:.2f} times as fast as "
        f"{choice.baseline} here on {choice.when} ({choice.low:.2f} to {choice.high:.2f})"
    )


def _in(request: BenchRequest) -> str:
    """The precision in words, where it is not float32."""
    return f" in {request.precision}" if request.lowering.lowers else ""


def _runs_now(choice: Choice, precision: str, switchable: bool) -> bool:
    if choice.engine not in available(precision):
        return False
    return not ENGINES[choice.engine].in_tensorflow or _can_be(choice.onednn, switchable)


def _can_be(onednn: bool | None, switchable: bool) -> bool:
    """Whether oneDNN's kernels are on or off as wanted, or can be set so; None wants nothing."""
    return onednn in (None, onednn_now()) or (
        switchable and ONEDNN not in os.environ and "tensorflow" not in sys.modules
    )


def set_switches(chosen: Chosen) -> None:
    """Set TensorFlow's switches as an engine was measured, in a process that is ours alone."""
    if chosen.onednn is not None and "tensorflow" not in sys.modules:
        os.environ.setdefault(ONEDNN, str(int(chosen.onednn)))


def onednn_now() -> bool:
    """Whether TensorFlow's kernels are oneDNN's in this process, or would be."""
    if "tensorflow" in sys.modules:
        return bool(onednn_is_on())
    if ONEDNN in os.environ:
        return os.environ[ONEDNN].lower() in ("1", "true")
    return not _ONEDNN_BY_DEFAULT.isdisjoint(processor_features() or ())
