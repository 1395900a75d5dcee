"""Small data to train on: scikit-learn's digits, or drawn shapes with noise.

    python tools/make_data.py digits -o digits.npz
    python tools/make_data.py shapes -o shapes.npz --count 4000 --size 107

Each is an ``.npz`` file as ``specbuild train --data`` reads it; the same seed gives the same bytes.
The digits need `pip install scikit-learn`; no test needs it, since Keras would import it, too.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

#: Shapes by name: whether a point belongs to one, by its distance from the center, in units of
#: the shape's size, along two axes that are turned with the shape.
SHAPES: Mapping[str, Callable[[Any, Any], Any]] = {
    "disk": lambda x, y: x * x + y * y < 1,
    "ring": lambda x, y: (x * x + y * y < 1) & (x * x + y * y > 0.4),
    "square": lambda x, y: np.maximum(abs(x), abs(y)) < 0.85,
    "frame": lambda x, y: (np.maximum(abs(x), abs(y)) < 0.9) & (np.maximum(abs(x), abs(y)) > 0.5),
    "triangle": lambda x, y: (y > -0.6) & (y < 1 - 1.8 * abs(x)),
    "cross": lambda x, y: (np.minimum(abs(x), abs(y)) < 0.28) & (np.maximum(abs(x), abs(y)) < 1),
    "bar": lambda x, y: (abs(y) < 0.3) & (abs(x) < 1.1),
    "star": lambda x, y: np.hypot(x, y) < 0.55 + 0.4 * np.cos(5 * np.arctan2(y, x)),
}


def shapes(count: int, size: int, noise: float, seed: int) -> tuple[Any, Any]:
    """Pictures of one shape each, of any place, size, turn and color, on a noisy ground.

    Returns:
        uint8, count x size x size x 3, and their classes.
    """
    drawn = np.random.default_rng(seed)
    labels: Any = np.arange(count) % len(SHAPES)
    pictures: Any = np.empty((count, size, size, 3), np.uint8)
    rows, columns = np.mgrid[0:size, 0:size] / size
    for number, inside in enumerate(SHAPES[name] for name in np.array(list(SHAPES))[labels]):
        center = drawn.uniform(0.3, 0.7, 2)
        radius, turn = drawn.uniform(0.12, 0.28), drawn.uniform(0, 2 * np.pi)
        down, right = (rows - center[0]) / radius, (columns - center[1]) / radius
        across = right * np.cos(turn) + down * np.sin(turn)
        along = down * np.cos(turn) - right * np.sin(turn)
        ground, ink = drawn.uniform(0, 255, (2, 3))
        picture = np.where(inside(across, along)[..., None], ink, ground)
        picture = picture + drawn.normal(0, noise, picture.shape)
        pictures[number] = np.clip(picture, 0, 255).astype(np.uint8)
    return pictures, labels


def digits(size: int) -> tuple[Any, Any]:
    """Scikit-learn's 1,797 digits of 8x8 pixels, each pixel repeated until they are as large."""
    from sklearn.datasets import load_digits

    found = load_digits()
    times = max(size // 8, 1)
    pictures = np.rint(found.images * (255 / 16)).astype(np.uint8)
    return np.kron(pictures, np.ones((1, times, times), np.uint8)), found.target


def main() -> None:
    """Write the data that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", choices=["digits", "shapes"])
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--noise", type=float, default=40.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--validation", type=float, default=0.2)
    given = parser.parse_args()
    if given.data == "digits":
        pictures, labels = digits(given.size)
    else:
        pictures, labels = shapes(given.count, given.size, given.noise, given.seed)
    order = np.random.default_rng(given.seed).permutation(len(labels))
    held_out = round(given.validation * len(labels))
    test, train = order[:held_out], order[held_out:]
    np.savez_compressed(
        given.output,
        x_train=pictures[train],
        y_train=labels[train],
        x_test=pictures[test],
        y_test=labels[test],
    )
    print(f"{given.output}: {len(train)} pictures to train on, {len(test)} to test with")


if __name__ == "__main__":
    main()
