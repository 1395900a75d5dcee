"""How fast `specbuild predict` is, over the forward pass that `specbuild bench` times.

    python tools/bench_predict.py [--spec inception_v3] [--pictures 100] [--batch 32] [--rounds 3]

Writes JPEG files of 500x375 pixels, and lets two sides take turns in one process: predicting
them, from files to classes, and the engine's forward passes alone over as many ready inputs. The
ratio of images per second must be at least 0.9. Reading and preparing alone are timed too.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import inceptionspec  # noqa: E402
from inceptionspec.backends.engines import FROZEN  # noqa: E402
from inceptionspec.bench.workers.data import images, random_weights  # noqa: E402
from inceptionspec.diagnostics.source import external  # noqa: E402
from inceptionspec.engines.compile import compile_network  # noqa: E402
from inceptionspec.pictures.reading import PictureRef, read_picture  # noqa: E402
from inceptionspec.prediction import loop  # noqa: E402
from inceptionspec.prediction.from_spec import SpecNetwork  # noqa: E402
from inceptionspec.prediction.model import Model, Network  # noqa: E402
from inceptionspec.prediction.predict import predict  # noqa: E402

BOUND = 0.9
ENGINE = "optimized"
PLACE = external("bench_predict")


class Ready(Network):
    """A network that was made ready before."""

    def __init__(self, network: Network, batch: int) -> None:
        self.name, self.size, self.classes = network.name, network.size, network.classes
        self.batch = batch
        self._model = network.model(batch)

    def model(self, batch: int) -> Model:
        """The model that there is."""
        return self._model


def pictures(folder: str, count: int) -> list[str]:
    """Files of pictures with large and small structures."""
    draw = np.random.default_rng(0)
    files = []
    for number in range(count):
        coarse = draw.integers(0, 256, (19, 25, 3)).astype(np.uint8)
        large = np.asarray(Image.fromarray(coarse).resize((500, 375), Image.Resampling.BICUBIC))
        noisy = np.clip(large + draw.normal(0, 12, large.shape), 0, 255).astype(np.uint8)
        files.append(f"{folder}/{number:03}.jpg")
        Image.fromarray(noisy).save(files[-1], quality=90)
    return files


def timed(step: Any) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    step()
    return time.perf_counter() - clock, time.process_time() - processor


def main() -> int:
    """Measure, print, and fail below the bound."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--spec", default="inception_v3")
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    os.environ[FROZEN] = "1"
    count = arguments.pictures
    batches = -(-count // arguments.batch)
    batch = -(-count // batches)
    loaded = inceptionspec.load(arguments.spec).loaded
    weights = random_weights(loaded.graph)
    network = Ready(SpecNetwork(loaded, weights, PLACE, engine=ENGINE), batch)
    model = network.model(batch)
    head = loaded.graph.main
    noise = images(loaded.graph, batch)
    alone = compile_network(loaded.graph, weights, [head], ENGINE, batch=batch)
    given = alone.load(noise)
    with tempfile.TemporaryDirectory() as folder:
        files = pictures(folder, count)

        def predicted() -> None:
            found = predict([network], files, PLACE)
            assert len(found.pictures) == count

        def computed() -> None:
            for _ in range(batches):
                alone.compute(given)

        predicted()
        computed()
        turns = [(timed(predicted), timed(computed)) for _ in range(arguments.rounds)]

        def read(index: int, channels: int) -> Any:
            return read_picture(PictureRef(files[index], files[index]), channels)

        prepared = timed(lambda: list(loop._prepared([model], files, read, 1, batch)))
    print(f"{loaded.name}, {count} pictures of 500x375, batches of {batch}")
    shares = []
    for number, kind in enumerate(("clock", "processor")):
        ours, theirs = (
            statistics.median(inputs / turn[side][number] for turn in turns)
            for side, inputs in enumerate((count, batches * batch))
        )
        shares.append(ours / theirs)
        print(
            f"  by the {kind}: predict {ours:.2f}, forward passes {theirs:.2f} images/s, "
            f"ratio {shares[-1]:.3f} (at least {BOUND})"
        )
    each = 1000 * prepared[1] / count
    print(f"  reading and preparing: {each:.1f} ms of the processor a picture")
    return int(min(shares) < BOUND)


if __name__ == "__main__":
    sys.exit(main())
