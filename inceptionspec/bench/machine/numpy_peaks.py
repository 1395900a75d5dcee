"""NumPy's matrix product and the ways through memory, in a process of its own.

    python -m inceptionspec.bench.machine.numpy_peaks THREADS

writes one line of JSON: a rate, whose code it was, and what was computed, for the product
and for memory.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inceptionspec.bench.machine.child import lines_from_parent
from inceptionspec.bench.machine.peaks import SECONDS, SIZES, Rate, best_product, least_seconds

CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
USUAL_CACHE = 32 << 20
BEYOND = 4
"""How often an array must hold the last cache, as STREAM asks."""
MOST_BYTES = 256 << 20


def product(sizes: tuple[int, ...] = SIZES, seconds: float = SECONDS) -> Rate:
    """The best product; the environment says how many threads it may take."""
    import numpy as np

    def make(size: int) -> Callable[[], object]:
        random = np.random.default_rng(size)
        left, right = (random.random((size, size), dtype=np.float32) for _ in range(2))
        result: Any = np.empty((size, size), np.float32)
        return lambda: np.matmul(left, right, out=result)

    return best_product(make, f"NumPy {np.__version__}, {library()}", sizes, seconds)


def library() -> str:
    """The library that NumPy's product is from, as far as it tells."""
    try:
        from threadpoolctl import threadpool_info  # type: ignore[import-not-found]
    except ImportError:
        import numpy as np

        built: Any = np.show_config(mode="dicts")
        blas = built["Build Dependencies"]["blas"]
        return f"{blas['name']} {blas['version']}".strip()
    found = [one for one in threadpool_info() if one["user_api"] == "blas"]
    return ", ".join(f"{one['internal_api']} {one['version']}" for one in found) or "unknown"


def memory(threads: int, size: int | None = None, seconds: float = SECONDS) -> Rate:
    """The best of two ways through memory, with one slice of the arrays for each thread.

    Args:
        size: bytes of each of three arrays; by default beyond the last cache.
    """
    import numpy as np

    size = size or min(BEYOND * last_cache(), MOST_BYTES)
    count = max(size // 4 // threads, 1)
    slices: list[tuple[Any, ...]] = [
        tuple(np.full(count, i, np.float32) for i in range(3)) for _ in range(threads)
    ]

    def copy(to: Any, first: Any, second: Any) -> None:
        np.copyto(to, first)

    def add(to: Any, first: Any, second: Any) -> None:
        np.add(first, second, out=to)

    rates = []
    for name, way, moved in (("Copy", copy, 8), ("Add", add, 12)):
        fastest = least_seconds(_side_by_side(way, slices), seconds)
        what = f"STREAM {name}, arrays of {4 * count * threads / (1 << 20):.0f} MiB"
        rates.append(Rate(moved * count * threads / fastest, f"NumPy {np.__version__}", what))
    return max(rates)


def _side_by_side(way: Callable[..., None], slices: list[tuple[Any, ...]]) -> Callable[[], None]:
    def run() -> None:
        others = [threading.Thread(target=way, args=one) for one in slices[1:]]
        for other in others:
            other.start()
        way(*slices[0])
        for other in others:
            other.join()

    return run


def last_cache(folder: Path = CACHES) -> int:
    """Bytes of the largest cache, or a usual one's where the system does not tell."""
    sizes = [0]
    for file in folder.glob("index*/size"):
        text = file.read_text().strip()
        if text.endswith("K") and text[:-1].isdecimal():
            sizes.append(int(text[:-1]) << 10)
    return max(sizes) or USUAL_CACHE


def main() -> None:
    """Measure and tell."""
    threads = int(sys.argv[1])
    lines_from_parent()  # there are none: it ends with its parent
    print(json.dumps({"product": product(), "memory": memory(threads)}))


if __name__ == "__main__":
    main()
