"""The peaks of the machine, measured: the rate of matrix products and of memory.

A roofline, and the share of the peak that a network reaches, are computed from them.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from inceptionspec.bench.machine import cpu
from inceptionspec.bench.machine.child import start_child

SIZES = (2048, 3072, 4096)
SECONDS = 0.6
"""How long each size of a product is repeated, and each pass through memory."""
MAX_PRODUCT_SECONDS = 3.0
"""A size is left out if one product of it would take longer."""

CONVENTION = (
    "matrix peak: the best of TensorFlow's and NumPy's float32 product of square matrices of "
    "2048, 3072 and 4096 rows, 2 x rows^3 FLOPs each; memory bandwidth: the best of STREAM's "
    "Copy (8 bytes an element) and Add (12), float32 arrays larger than the caches, no "
    "write-allocate counted"
)

_KERNEL_VARIABLES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Variables that may choose slow kernels for NumPy; its product is measured without them."""
_NUMPY = "inceptionspec.bench.machine.numpy_peaks"
_CORE = "Core: "
"""What OpenBLAS prints before the name of its kernels."""


class Rate(NamedTuple):
    """The best rate that was measured.

    Attributes:
        per_second: FLOPs or bytes.
        kernel: whose code it was.
        what: what was computed.
    """

    per_second: float
    kernel: str
    what: str


class Peaks(NamedTuple):
    """The most that a machine reaches.

    Attributes:
        matrix: FLOP/s of a float32 matrix product.
        memory: bytes/s between the processor and its memory.
        threads: that each measurement used.
        others: the best product of each other library.
    """

    matrix: Rate
    memory: Rate
    threads: int
    others: tuple[Rate, ...] = ()


def peaks(product: Rate, threads: int | None = None) -> Peaks:
    """The peaks; NumPy's product and memory are measured here, which takes some seconds.

    Args:
        product: TensorFlow's, from the process whose switches and threads count.
        threads: for the rest; by default one for each usable core.
    """
    count = threads or cpu.logical_cores() or 1
    measured = _measure_numpy(count)
    products = sorted([product, Rate(*measured["product"])], reverse=True)
    return Peaks(products[0], Rate(*measured["memory"]), count, tuple(products[1:]))


def best_of(first: Peaks, second: Peaks) -> Peaks:
    """The best of two measurements of one machine: a disturbance only ever slows one down."""
    by_kernel: dict[str, Rate] = {}
    for rate in (first.matrix, *first.others, second.matrix, *second.others):
        by_kernel[rate.kernel] = max(rate, by_kernel.get(rate.kernel, rate))
    products = sorted(by_kernel.values(), reverse=True)
    return Peaks(products[0], max(first.memory, second.memory), first.threads, tuple(products[1:]))


def tensorflow_product(sizes: tuple[int, ...] = SIZES, seconds: float = SECONDS) -> Rate:
    """The best product of TensorFlow in this process, with its threads and switches.

    Raises:
        SpecError: TensorFlow is not installed.
    """
    import inceptionspec.backends.keras  # noqa: F401  (first, since it silences TensorFlow)

    import tensorflow as tf  # isort: skip

    from inceptionspec.bench.machine.environment import onednn_is_on

    def product(size: int) -> Callable[[], object]:
        left, right = (tf.random.stateless_uniform((size, size), (seed, 0)) for seed in (1, 2))
        return lambda: tf.linalg.matmul(left, right)[0, 0].numpy()

    library = "oneDNN" if onednn_is_on() else "Eigen"
    return best_product(product, f"TensorFlow {tf.__version__}, {library}", sizes, seconds)


def best_product(
    make: Callable[[int], Callable[[], object]],
    kernel: str,
    sizes: tuple[int, ...] = SIZES,
    seconds: float = SECONDS,
) -> Rate:
    """The fastest of square products of ascending sizes, each repeated for some seconds."""
    rates: list[Rate] = []
    for size in sizes:
        flops = 2 * size**3
        if rates and flops / rates[-1].per_second > MAX_PRODUCT_SECONDS:
            break
        shortest = shortest_call(make(size), seconds)
        rates.append(Rate(flops / shortest, kernel, f"{size} x {size}"))
    return max(rates)


def shortest_call(step: Callable[[], object], seconds: float) -> float:
    """The shortest of calls that are repeated for some seconds, the first one not counted."""
    step()
    durations: list[float] = []
    while len(durations) < 2 or sum(durations) < seconds:
        start = time.perf_counter()
        step()
        durations.append(time.perf_counter() - start)
    return min(durations)


def _measure_numpy(threads: int) -> Mapping[str, Any]:
    """What NumPy reaches in a process without the variables that slow it down."""
    environment = {
        name: value for name, value in os.environ.items() if name not in _KERNEL_VARIABLES
    }
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        environment[name] = str(threads)
    environment["OPENBLAS_VERBOSE"] = "2"  # it then names its kernels
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        child = start_child(_NUMPY, str(threads), environment=environment, errors=errors)
        try:
            assert child.stdout is not None
            printed = child.stdout.read().splitlines()
            code = child.wait()
        finally:
            child.kill()
            child.communicate()
        errors.seek(0)
        error_lines = errors.read().splitlines()
    if code or not printed:
        raise RuntimeError(f"the measurement of peaks failed: {error_lines[-10:]}")
    measured: dict[str, Any] = json.loads(printed[-1])
    measured["product"][1] += "".join(
        f", kernels for {line.removeprefix(_CORE)}"
        for line in (*printed, *error_lines)
        if line.startswith(_CORE)
    )
    return measured
