"""Compare our models with those of `keras.applications`, in one warm process.

    python tools/bench_build.py [NETWORK ...] [--builds N] [--steps N] [--batch N]

Prints our time over theirs for building a model and for a forward pass in a `tf.function`. The
two take turns, and the median of the turns' ratios is printed, since the load of a shared
machine changes from minute to minute.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

#: Built-in specs by the name of their counterpart, and the heads that it has, too.
COUNTERPARTS = {
    "inception_v3": ("InceptionV3", "Logits"),
    "inception_v3_keras": ("InceptionV3", ""),
    "inception_resnet_v2_keras": ("InceptionResNetV2", ""),
    "xception": ("Xception", ""),
    "vgg16": ("VGG16", ""),
    "resnet50": ("ResNet50", ""),
    "mobilenet_v2": ("MobileNetV2", ""),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "networks",
        nargs="*",
        metavar="NETWORK",
        help=f"of {', '.join(COUNTERPARTS)} (default: all)",
    )
    parser.add_argument("--builds", type=int, default=7, help="builds of each (default: 7)")
    parser.add_argument(
        "--steps", type=int, default=10, help="forward passes of each; 0 for none (default: 10)"
    )
    parser.add_argument("--batch", type=int, default=8, help="images per pass (default: 8)")
    arguments = parser.parse_args()
    import inceptionspec.backends.keras  # noqa: F401  (first, since it silences TensorFlow)

    print(f"{'ours over theirs':<28}{'build':>8}{'forward pass':>14}")
    for name in arguments.networks or COUNTERPARTS:
        if name not in COUNTERPARTS:
            parser.error(f"'{name}' has no counterpart in keras.applications")
        print(_row(name, *COUNTERPARTS[name], arguments), flush=True)


def _row(name: str, counterpart: str, head: str, arguments: argparse.Namespace) -> str:
    import keras

    import inceptionspec
    from inceptionspec.backends.keras import build

    whole = inceptionspec.load(name).graph
    main_head = inceptionspec.load(name, head=head).graph if head else whole
    application = getattr(keras.applications, counterpart)

    def theirs() -> Any:
        return application(weights=None, classifier_activation=None)

    keras.backend.clear_session()
    (built,) = _ratios(arguments.builds, theirs, lambda: build(whole))
    row = f"{name:<28}{built:>8.2f}"
    if not arguments.steps:
        return row
    side = whole.nodes[0].shape[0] or 0
    passes = [_forward(model, arguments.batch, side) for model in (theirs(), build(main_head))]
    (passed,) = _ratios(arguments.steps, *passes)
    return f"{row}{passed:>14.3f}"


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


def _forward(model: Any, batch: int, side: int) -> Callable[[], Any]:
    """One forward pass of a model over the same images, compiled."""
    import tensorflow as tf

    images = tf.random.uniform((batch, side, side, 3), -1, 1, seed=1)
    compiled = tf.function(lambda: model(images, training=False))
    return lambda: tf.nest.map_structure(lambda tensor: tensor.numpy(), compiled())


if __name__ == "__main__":
    main()
