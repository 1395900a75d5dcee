"""Compare reading Inception V3's weights with Keras' own `load_weights`, file by file.

    python tools/bench_weights.py [--rounds N]

Writes seeded weights in each of Keras' formats, then prints our processor time over Keras' (the
two take turns; the median of the turns' ratios) and what our reading takes at its peak in a
process of its own, over the size of the file. Both sides fill a model that is built already: ours
opens the file, finds out which array is which layer's, reads and assigns them all.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inceptionspec.frontend.load import load_spec
from inceptionspec.frontend.reading.spec_files import open_spec
from inceptionspec.weights.load import load_weights

SPEC = "inception_v3_keras"
MOST_TIME = 1.5
MOST_MEMORY = 2.5


def main() -> int:
    """Measure and print; 1 if a bound does not hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="turns of each (%(default)s)")
    parser.add_argument("--peak", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        print(_peak(options.peak))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        model, files = _written(Path(folder))
        ours_loads = _loader()
        print(f"{'file':<24}{'MB':>6}{'ours, s':>10}{'Keras, s':>10}{'ratio':>8}{'memory':>8}")
        held = True
        for file in files:
            ours, theirs = _times(
                lambda file=file: ours_loads(str(file)),  # type: ignore[misc]
                lambda file=file: model.load_weights(str(file)),  # type: ignore[misc]
                options.rounds,
            )
            ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
            size = file.stat().st_size
            memory = _peak_elsewhere(file) / size
            held = held and ratio <= MOST_TIME and memory <= MOST_MEMORY
            print(
                f"{file.name:<24}{size / 1e6:>6.0f}{statistics.median(ours):>10.3f}"
                f"{statistics.median(theirs):>10.3f}{ratio:>8.2f}{memory:>8.2f}",
                flush=True,
            )
    return 0 if held else 1


def _written(folder: Path) -> tuple[Any, list[Path]]:
    """Inception V3 with seeded weights, and the files that hold them."""
    import inceptionspec.backends.keras  # noqa: F401  (first, since it silences TensorFlow)

    import h5py  # isort: skip
    import keras  # isort: skip
    import numpy as np  # isort: skip
    from keras.src.legacy.saving import legacy_h5_format  # isort: skip

    model = keras.applications.InceptionV3(weights=None)
    draw = np.random.default_rng(1)
    for weight in model.weights:
        weight.assign(draw.uniform(0.5, 1.5, weight.shape).astype("float32"))
    files = [folder / name for name in ("v3.weights.h5", "v3_legacy.h5", "v3.keras")]
    model.save_weights(files[0])
    with h5py.File(files[1], "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
    model.save(files[2])
    return model, files


def _loader() -> Callable[[str], Any]:
    """What fills a model of our spec from a file."""
    from inceptionspec.backends.keras import assign, build

    loaded = load_spec(open_spec(SPEC))
    model = build(loaded.graph)
    return lambda file: assign(model, loaded.graph, load_weights(loaded, file).arrays)


def _read(file: str) -> Any:
    return load_weights(load_spec(open_spec(SPEC)), file).arrays


def _times(
    ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int
) -> tuple[list[float], list[float]]:
    """Processor times of two sides that take turns, after one of each."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds + 1):
        for side, run in zip(times, (ours, theirs), strict=True):
            start = time.process_time()
            run()
            if turn:
                side.append(time.process_time() - start)
    return times


def _peak(file: str) -> int:
    """The bytes that reading a file adds to the peak of this process."""
    import numpy  # noqa: F401  (what is loaded once does not count)

    before = _high_water()
    arrays = _read(file)
    assert arrays
    return _high_water() - before


def _high_water() -> int:
    """The most memory that this process has held. `getrusage` counts its parent's, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _peak_elsewhere(file: Path) -> int:
    done = subprocess.run(
        [sys.executable, __file__, "--peak", str(file)], check=True, capture_output=True, text=True
    )
    return int(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
