"""What is done to pictures at random: bounds, frequencies, and nothing that keeps a state."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from inceptionspec.training.data.augmentation import Augmenter, _cropped
from inceptionspec.training.recipe import Augmentation, Crop, RandAugment

SIZE = (16, 16)
#: A picture whose red tells the row and whose green tells the column.
ROWS, COLUMNS = np.mgrid[0:120, 0:160]
PICTURE = np.stack([ROWS, COLUMNS, np.full_like(ROWS, 90)], -1).astype("uint8")


def seeds(count: int) -> Any:
    return tf.constant(np.random.default_rng(2).integers(0, 2**31, (count, 2)), tf.int32)


def images(augmentation: Augmentation, count: int, calls: int = 1) -> Any:
    augmenter = Augmenter(augmentation, SIZE)
    made = tf.data.Dataset.from_tensor_slices(seeds(count)).map(
        lambda seed: augmenter.image(tf.constant(PICTURE), seed), num_parallel_calls=calls
    )
    return np.stack([image.numpy() for image in made])


def test_crops_keep_to_their_areas_and_aspects() -> None:
    crop = Crop((0.2, 0.6), (0.75, 4 / 3))
    made = tf.data.Dataset.from_tensor_slices(seeds(200)).map(
        lambda seed: tf.shape(_cropped(tf.constant(PICTURE), seed, crop))
    )
    shapes = np.stack([shape.numpy() for shape in made])
    areas = shapes[:, 0] * shapes[:, 1] / (120 * 160)
    aspects = shapes[:, 1] / shapes[:, 0]
    assert 0.19 <= areas.min() < 0.25
    assert 0.5 < areas.max() <= 0.61
    assert 0.73 <= aspects.min() < 0.85  # whole pixels
    assert 1.2 < aspects.max() <= 1.37


def test_half_of_the_images_are_mirrored() -> None:
    made = images(Augmentation(mirror=True), 200)
    mirrored = made[:, 8, 0, 1] > made[:, 8, -1, 1]
    assert 75 <= mirrored.sum() <= 125
    np.testing.assert_array_equal(made[mirrored][0], made[~mirrored][0][:, ::-1])


@pytest.mark.parametrize("kind", ["fast", "full"])
def test_colors_change_within_their_bounds(kind: str) -> None:
    plain = images(Augmentation(), 1)[0]
    made = images(Augmentation(color=kind), 60)
    assert made.min() >= 0
    assert made.max() <= 255
    grounds = made[:, 0, 0, 2]  # blue, 90 before
    assert len(np.unique(grounds.round(3))) > 50
    none = images(Augmentation(color=kind, color_strength=0.0), 3)
    np.testing.assert_allclose(none, np.repeat(plain[None], 3, 0), atol=0.01)


def test_grey_images_keep_their_color() -> None:
    augmenter = Augmenter(Augmentation(color="full", erasing=1.0), SIZE)
    grey = PICTURE[..., :1]
    image = augmenter.image(tf.constant(grey), seeds(1)[0])
    assert image.shape == (16, 16, 1)


def test_the_same_seed_gives_the_same_image_however_many_calls_run_at_once() -> None:
    all_of_it = Augmentation(
        crop=Crop((0.08, 1), (0.75, 4 / 3)), interpolation="random", mirror=True, color="full",
        rand_augment=RandAugment(1, 0.3), erasing=0.5,
    )  # fmt: skip
    one, four = images(all_of_it, 24), images(all_of_it, 24, calls=4)
    np.testing.assert_array_equal(one, four)
    assert len({image.tobytes() for image in one}) == 24


def test_a_share_of_the_images_loses_a_rectangle() -> None:
    plain = images(Augmentation(), 1)[0]
    made = images(Augmentation(erasing=0.5), 60)
    changed = (np.abs(made - plain).max(axis=(1, 2, 3)) > 1e-3).sum()
    assert 15 <= changed <= 45


@pytest.mark.parametrize(("mixup", "cutmix"), [(0.2, 0.0), (0.0, 1.0), (0.2, 1.0)])
def test_mixed_images_have_mixed_targets(mixup: float, cutmix: float) -> None:
    """Image k is k everywhere, so that its mean tells what it is mixed of."""
    augmenter = Augmenter(Augmentation(mixup=mixup, cutmix=cutmix), (64, 64))
    assert augmenter.mixes
    batch = tf.ones((8, 64, 64, 3)) * tf.range(8.0)[:, None, None, None]
    mixed = tf.function(augmenter.mixed)
    changed = 0
    for seed in seeds(6):
        found, targets = mixed(batch, tf.eye(8), seed)
        again, _ = mixed(batch, tf.eye(8), seed)
        np.testing.assert_array_equal(found, again)
        np.testing.assert_allclose(targets.numpy().sum(1), 1, atol=1e-5)
        np.testing.assert_allclose(
            found.numpy().mean(axis=(1, 2, 3)), targets.numpy() @ np.arange(8), atol=0.25
        )  # CutMix's rectangle is rounded to pixels
        changed += bool(np.abs(found - batch).max() > 1e-3)
    assert changed >= 3
