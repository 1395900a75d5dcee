"""One step under TensorFlow's profiler: which operations ran, from when to when."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from inceptionspec.bench.tracing.shares import Op

METHOD = (
    "TensorFlow's profiler records when each operation of a step starts and ends, in the same "
    "function that the benchmark times; an operation's name says which layer it belongs to. "
    "While operations of several layers run at once, each gets an equal share of the time"
)

_HOST = "/host:CPU"
_OPERATION = re.compile(r"(?P<name>[A-Za-z0-9.][^: ]*):(?P<kind>[A-Z_][A-Za-z0-9_]*)")
#: Operations that only call others, which are recorded themselves.
_CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall", "If", "While", "_Retval", "_Arg"})
_PICOSECONDS = 1e-12


class TracedStep(NamedTuple):
    """A step that was traced: how many seconds it took, and the operations that ran in it."""

    seconds: float
    ops: tuple[Op, ...]


def trace_step(step: Callable[[], object]) -> TracedStep:
    """Run a step once under the profiler, whose start and end are not in its time."""
    import tensorflow as tf

    profiler = tf.profiler.experimental
    # Level 2 records operations; Python's calls and other devices than the CPU are left out.
    options = profiler.ProfilerOptions(
        host_tracer_level=2, python_tracer_level=0, device_tracer_level=0
    )
    with tempfile.TemporaryDirectory(prefix="specbuild-") as folder:
        profiler.start(folder, options=options)
        try:
            start = time.perf_counter()
            step()
            seconds = time.perf_counter() - start
        finally:
            profiler.stop()
        ops = tuple(op for file in Path(folder).rglob("*.xplane.pb") for op in _read(file))
    return TracedStep(seconds, ops)


def _read(file: Path) -> Iterator[Op]:
    """The operations in a file of the profiler: an ``XSpace`` of planes, lines and events."""
    # The message comes with TensorFlow and has no public name.
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    space = xplane_pb2.XSpace()
    space.ParseFromString(file.read_bytes())
    for plane in space.planes:
        if plane.name == _HOST:
            yield from operations(plane)


def operations(plane: Any) -> Iterator[Op]:
    """The operations in a plane; its other events, as the work of threads, are left out."""
    # Time stamps are large. Only differences matter, and they must keep their digits.
    begin = min((line.timestamp_ns for line in plane.lines), default=0)
    for line in plane.lines:
        origin = (line.timestamp_ns - begin) * 1e-9
        for event in line.events:
            match = _OPERATION.fullmatch(plane.event_metadata[event.metadata_id].name)
            if match is None or match["kind"] in _CALLS:
                continue
            start = origin + event.offset_ps * _PICOSECONDS
            yield Op(match["name"], match["kind"], start, start + event.duration_ps * _PICOSECONDS)
