"""Compare our Inception V3 with `keras.applications.InceptionV3`, in one warm process.

Prints ratios, ours over theirs: of building a model, and of a forward pass in a
`tf.function`. They take turns, and the median over turns of each turn's ratio is printed,
since the load of a shared machine changes from minute to minute.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--builds", type=int, default=7, help="builds of each (default: 7)")
    parser.add_argument(
        "--steps", type=int, default=10, help="forward passes of each (default: 10)"
    )
    parser.add_argument("--batch", type=int, default=8, help="images per pass (default: 8)")
    arguments = parser.parse_args()

    import inceptionspec
    from inceptionspec.backends.keras import build

    graph = inceptionspec.load("inception_v3").graph
    main_head = inceptionspec.load("inception_v3", head="Logits").graph

    import keras

    def theirs() -> Any:
        return keras.applications.InceptionV3(weights=None, classifier_activation=None)

    build_ratios = _ratios(arguments.builds, theirs, lambda: build(main_head), lambda: build(graph))
    print(f"build, main head:  {build_ratios[0]:.2f} of keras.applications")
    print(f"build, both heads: {build_ratios[1]:.2f} of keras.applications")
    passes = [_forward(model, arguments.batch) for model in (theirs(), build(main_head))]
    (ratio,) = _ratios(arguments.steps, *passes)
    print(f"forward pass:      {ratio:.3f} of keras.applications")


def _ratios(times: int, reference: Callable[[], Any], *others: Callable[[], Any]) -> list[float]:
    """Median over turns of each other's time over the reference's, after one warm turn."""
    calls = (reference, *others)
    seconds: list[list[float]] = [[] for _ in calls]
    for turn in range(times + 1):
        for call, taken in zip(calls, seconds, strict=True):
            start = time.perf_counter()
            call()
            if turn:
                taken.append(time.perf_counter() - start)
    first, *rest = seconds
    return [
        statistics.median(ours / theirs for ours, theirs in zip(taken, first, strict=True))
        for taken in rest
    ]


def _forward(model: Any, batch: int) -> Callable[[], Any]:
    """One forward pass of a model over the same images, compiled."""
    import tensorflow as tf

    images = tf.random.uniform((batch, 299, 299, 3), -1, 1, seed=1)
    compiled = tf.function(lambda: model(images, training=False))
    return lambda: tf.nest.map_structure(lambda tensor: tensor.numpy(), compiled())


if __name__ == "__main__":
    main()
