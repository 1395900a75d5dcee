"""What the machine reaches at most: measured peaks of matrix products and of memory.

A roofline, and the share of the peak that a network reaches, are made of them.
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
"""How long each size of a product is repeated, and each way through memory."""
LONGEST = 3.0
"""A size of which one product would take longer than so many seconds is left out."""

CONVENTION = (
    "matrix peak: the best of TensorFlow's and NumPy's float32 product of square matrices of "
    "2048, 3072 and 4096 rows, 2 x rows^3 FLOPs each; memory bandwidth: the best of STREAM's "
    "Copy (8 bytes an element) and Add (12), float32 arrays beyond the caches, no "
    "write-allocate counted"
)

_SLOWED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Variables that choose kernels for NumPy by hand; its product is measured without them."""
_NUMPY = "inceptionspec.bench.machine.numpy_peaks"
_CORE = "Core: "
"""What stands before the name of OpenBLAS's kernels where it is asked to tell."""


class Rate(NamedTuple):
    """The best of one thing that was measured.

    Attributes:
        per_second: FLOPs or bytes.
        kernel: whose code it was.
        what: what was computed.
    """

    per_second: float
    kernel: str
    what: str


class Peaks(NamedTuple):
    """What a machine reaches at most with some threads.

    Attributes:
        matrix: FLOP/s of a float32 matrix product.
        memory: bytes/s between the processor and its memory.
        threads: of each measurement.
        others: the best of each other library's product.
    """

    matrix: Rate
    memory: Rate
    threads: int
    others: tuple[Rate, ...] = ()


def peaks(product: Rate, threads: int | None = None) -> Peaks:
    """The peaks, of which NumPy's product and the memory's are measured here, in some seconds.

    Args:
        product: TensorFlow's, from the process whose switches and threads count.
        threads: for the rest; one for each usable core by default.
    """
    count = threads or cpu.logical_cores() or 1
    found = _worker(count)
    products = sorted([product, Rate(*found["product"])], reverse=True)
    return Peaks(products[0], Rate(*found["memory"]), count, tuple(products[1:]))


def better(first: Peaks, second: Peaks) -> Peaks:
    """The best of two measurements of one machine: what disturbs it makes each slower."""
    of_kernel: dict[str, Rate] = {}
    for rate in (first.matrix, *first.others, second.matrix, *second.others):
        of_kernel[rate.kernel] = max(rate, of_kernel.get(rate.kernel, rate))
    products = sorted(of_kernel.values(), reverse=True)
    return Peaks(products[0], max(first.memory, second.memory), first.threads, tuple(products[1:]))


def tensorflow_product(sizes: tuple[int, ...] = SIZES, seconds: float = SECONDS) -> Rate:
    """The best product of TensorFlow in this process, with its threads and switches.

    Raises:
        SpecError: TensorFlow is not installed.
    """
    from inceptionspec.bench.machine.environment import environment

    switches = environment()  # before TensorFlow, whose import it silences
    import tensorflow as tf

    def product(size: int) -> Callable[[], object]:
        left, right = (tf.random.stateless_uniform((size, size), (seed, 0)) for seed in (1, 2))
        return lambda: tf.linalg.matmul(left, right)[0, 0].numpy()

    library = "oneDNN" if switches["onednn"]["effective"] else "Eigen"
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
        if rates and flops / rates[-1].per_second > LONGEST:
            break
        fastest = least_seconds(make(size), seconds)
        rates.append(Rate(flops / fastest, kernel, f"{size} x {size}"))
    return max(rates)


def least_seconds(step: Callable[[], object], seconds: float) -> float:
    """The shortest of repeated calls, after one that does not count."""
    step()
    taken: list[float] = []
    while len(taken) < 2 or sum(taken) < seconds:
        start = time.perf_counter()
        step()
        taken.append(time.perf_counter() - start)
    return min(taken)


def _worker(threads: int) -> Mapping[str, Any]:
    """What NumPy reaches in a process without the variables that slow it down."""
    environment = {name: value for name, value in os.environ.items() if name not in _SLOWED}
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
        printed_errors = errors.read().splitlines()
    if code or not printed:
        raise RuntimeError(f"the measurement of peaks failed: {printed_errors[-10:]}")
    found: dict[str, Any] = json.loads(printed[-1])
    found["product"][1] += "".join(
        f", kernels for {line.removeprefix(_CORE)}"
        for line in (*printed, *printed_errors)
        if line.startswith(_CORE)
    )
    return found
