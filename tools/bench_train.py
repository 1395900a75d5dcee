"""What the loop of training and its input pipeline add to a bare step.

    python tools/bench_train.py --network inception_v3 --batch 8

Three sides in turn: the compiled step on one batch that is there; the loop on the same batch, with
its records; the loop on batches that are made from pictures in memory. Processor time counts all
threads, so that other processes disturb it less than the clock.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import inceptionspec


class _EnoughError(Exception):
    """The steps of a round are over."""


class _Limited:
    """Batches that end with an exception."""

    def __init__(self, batches: Iterator[Any], steps: int) -> None:
        self._batches = batches
        self._steps = steps

    def since(self, step: int) -> Iterator[Any]:
        for _ in range(self._steps):
            yield next(self._batches)
        raise _EnoughError


def main() -> None:
    """Measure, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", default="inception_v3")
    parser.add_argument("--width", type=float)
    parser.add_argument("--input", type=int)
    parser.add_argument("--recipe", default="inception_v3_2015")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sides = _sides(given, Path(folder))
        for run in sides.values():
            run()  # traced and warm
        clock: dict[str, list[float]] = {name: [] for name in sides}
        processor: dict[str, list[float]] = {name: [] for name in sides}
        for number in range(given.rounds):
            order = list(sides) if number % 2 == 0 else list(sides)[::-1]
            for name in order:
                begun = time.perf_counter(), time.process_time()
                sides[name]()
                clock[name].append((time.perf_counter() - begun[0]) / given.steps)
                processor[name].append((time.process_time() - begun[1]) / given.steps)
    first = next(iter(sides))
    for name in sides:
        ratios = [
            statistics.median(a / b for a, b in zip(found[name], found[first], strict=True))
            for found in (clock, processor)
        ]
        print(
            f"{name:22} {1000 * statistics.median(clock[name]):8.1f} ms a step"
            f" {1000 * statistics.median(processor[name]):8.1f} ms of processor time,"
            f" {ratios[0]:.3f} and {ratios[1]:.3f} of the first"
        )


def _sides(given: argparse.Namespace, folder: Path) -> dict[str, Callable[[], None]]:
    from inceptionspec.training.fitting import fit
    from inceptionspec.training.recipes.load import open_recipe
    from inceptionspec.training.run import Settings, new_run

    settings: dict[str, Any] = {"width": given.width, "input": given.input, "classes": 8}
    network = inceptionspec.load(
        given.network, **{name: value for name, value in settings.items() if value is not None}
    )
    height, width, channels = (side or 0 for side in network.graph.nodes[0].shape)
    count = 8 * given.batch
    drawn = np.random.default_rng(0)
    pictures = drawn.integers(0, 256, (count, height, width, channels), dtype=np.uint8)
    run = new_run(
        network.loaded,
        open_recipe(given.recipe),
        Settings("", given.batch, validation=0),
        str(folder / "run"),
        (pictures, np.arange(count) % 8),
    )
    from inceptionspec.backends.keras.import_keras import import_tensorflow

    import_tensorflow()
    import tensorflow as tf

    from inceptionspec.pictures.stated import stated_steps
    from inceptionspec.training.data.batches import Batches
    from inceptionspec.training.loop import Loop, Saving
    from inceptionspec.training.training import Training

    tf.config.experimental.enable_op_determinism()
    batches = Batches(
        run.data.train,
        classes=8,
        shape=(height, width, channels),
        preprocessing=stated_steps(network.loaded, run.place),
        augmentation=run.recipe.augmentation,
        batch=given.batch,
        seed=0,
    )
    training = Training(fit(run.recipe, network.graph), batches.per_epoch * 1000, jit=False)
    made = batches.since(0)
    one = next(made)

    def bare() -> None:
        step = training._update._compiled
        for _ in range(given.steps):
            result = step(*one)
        float(result.loss)

    def loop_on(source: Iterator[Any]) -> Callable[[], None]:
        def looped() -> None:
            limited: Any = _Limited(source, given.steps)
            saving = Saving(minutes=0)
            loop = Loop(training, limited, None, run.folder, "", run.place, saving)
            try:
                loop.run()
            except _EnoughError:
                return

        return looped

    def same() -> Iterator[Any]:
        while True:
            yield one

    return {
        "bare step": bare,
        "loop, one batch": loop_on(same()),
        "loop, batches made": loop_on(made),
    }


if __name__ == "__main__":
    main()
