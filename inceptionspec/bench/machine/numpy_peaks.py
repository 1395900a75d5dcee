"""NumPy's matrix product and memory bandwidth, in a process of its own.

    python -m inceptionspec.bench.machine.numpy_peaks THREADS

writes one line of JSON: for the product and for memory a rate, whose code it was, and what
was computed.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inceptionspec.bench.machine.child import lines_from_parent
from inceptionspec.bench.machine.peaks import SECONDS, SIZES, Rate, best_product, shortest_call

CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
USUAL_CACHE_BYTES = 32 << 20
CACHE_MULTIPLE = 4
"""An array is this many times as large as the last cache, as STREAM asks."""
MAX_BYTES = 256 << 20


def product(sizes: tuple[int, ...] = SIZES, seconds: float = SECONDS) -> Rate:
    """The best product, with as many threads as the environment allows."""
    import numpy as np

    def make(size: int) -> Callable[[], object]:
        random = np.random.default_rng(size)
        left, right = (random.random((size, size), dtype=np.float32) for _ in range(2))
        result: Any = np.empty((size, size), np.float32)
        return lambda: np.matmul(left, right, out=result)

    return best_product(make, f"NumPy {np.__version__}, {library()}", sizes, seconds)


def library() -> str:
    """The library that computes NumPy's product, as far as NumPy says."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        import numpy as np

        built: Any = np.show_config(mode="dicts")
        blas = built["Build Dependencies"]["blas"]
        return f"{blas['name']} {blas['version']}".strip()
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return ", ".join(f"{pool['internal_api']} {pool['version']}" for pool in pools) or "unknown"


def memory(threads: int, size: int | None = None, seconds: float = SECONDS) -> Rate:
    """The better of STREAM's Copy and Add, with one slice of the arrays for each thread.

    Args:
        threads: how many run at once.
        size: bytes of each of three arrays; by default more than the last cache holds.
        seconds: how long each of the two is repeated.
    """
    import numpy as np

    size = size or min(CACHE_MULTIPLE * last_cache(), MAX_BYTES)
    count = max(size // 4 // threads, 1)
    slices: list[tuple[Any, ...]] = [
        tuple(np.full(count, value, np.float32) for value in range(3)) for _ in range(threads)
    ]

    def copy(to: Any, first: Any, second: Any) -> None:
        np.copyto(to, first)

    def add(to: Any, first: Any, second: Any) -> None:
        np.add(first, second, out=to)

    rates = []
    for name, kernel, bytes_moved in (("Copy", copy, 8), ("Add", add, 12)):
        shortest = shortest_call(_in_parallel(kernel, slices), seconds)
        what = f"STREAM {name}, arrays of {4 * count * threads / (1 << 20):.0f} MiB"
        rate = bytes_moved * count * threads / shortest
        rates.append(Rate(rate, f"NumPy {np.__version__}", what))
    return max(rates)


def _in_parallel(kernel: Callable[..., None], slices: list[tuple[Any, ...]]) -> Callable[[], None]:
    def run() -> None:
        threads = [threading.Thread(target=kernel, args=arrays) for arrays in slices[1:]]
        for thread in threads:
            thread.start()
        kernel(*slices[0])
        for thread in threads:
            thread.join()

    return run


def last_cache(folder: Path = CACHES) -> int:
    """Bytes of the largest cache, or a usual size where the system does not say."""
    sizes = [0]
    for file in folder.glob("index*/size"):
        text = file.read_text().strip()
        if text.endswith("K") and text[:-1].isdecimal():
            sizes.append(int(text[:-1]) << 10)
    return max(sizes) or USUAL_CACHE_BYTES


def main() -> None:
    """Measure both and print the line."""
    threads = int(sys.argv[1])
    lines_from_parent()  # there are none: the process ends with its parent
    print(json.dumps({"product": product(), "memory": memory(threads)}))


if __name__ == "__main__":
    main()
