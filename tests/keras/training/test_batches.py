"""Batches: each picture once an epoch, the same from any step, in any number of shares."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.pictures.preprocess import scaled
from inceptionspec.pictures.reading import PictureRef, read_picture
from inceptionspec.training.data.arrays import ArrayExamples
from inceptionspec.training.data.batches import Batches, Share, normalized, with_channels
from inceptionspec.training.data.examples import BadPictureError
from inceptionspec.training.recipe import Augmentation, Crop

PLAIN = Augmentation()
DRAWN = Augmentation(
    crop=Crop((0.3, 1), (0.75, 4 / 3)), interpolation="random", mirror=True, color="full",
    color_strength=0.5, mixup=0.2, cutmix=1,
)  # fmt: skip
BYTES = Preprocessing("bilinear", 1.0, "RGB", 1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "")


def examples(count: int = 22, channels: int = 3) -> ArrayExamples:
    """The pixels of a picture are its number, times ten for noise where it is drawn."""
    pictures = np.zeros((count, 6, 6, channels), np.uint8)
    pictures += np.arange(count, dtype=np.uint8)[:, None, None, None] * 10
    return ArrayExamples("memory", pictures, np.arange(count) % 4)


def batches(data: Any = None, augmentation: Augmentation = PLAIN, **options: Any) -> Batches:
    given = {"classes": 4, "shape": (6, 6, 3), "preprocessing": BYTES, "batch": 4, "seed": 3}
    return Batches(data or examples(), augmentation=augmentation, **{**given, **options})


def read(one: Batches, first: int, count: int) -> list[tuple[Any, Any]]:
    return [(a.numpy(), b.numpy()) for a, b in islice(one.since(first), count)]


def numbers(made: list[tuple[Any, Any]]) -> list[int]:
    return [round(float(image.mean()) / 10) for images, _ in made for image in images]


def test_each_picture_comes_once_an_epoch_in_an_order_of_its_own() -> None:
    one = batches()
    assert one.per_epoch == 5
    made = read(one, 0, 10)
    first, second = numbers(made[:5]), numbers(made[5:])
    assert len(set(first)) == len(set(second)) == 20
    assert first != second
    labels = [int(row.argmax()) for _, targets in made[:5] for row in targets]
    assert labels == [number % 4 for number in first]


@pytest.mark.parametrize(("shuffle", "ordered"), [("once", False), ("none", True)])
def test_a_recipe_may_keep_the_order(shuffle: str, ordered: bool) -> None:
    made = read(batches(shuffle=shuffle), 0, 10)
    assert numbers(made[:5]) == numbers(made[5:])
    assert (numbers(made[:5]) == list(range(20))) == ordered


def test_batches_are_the_same_from_any_step() -> None:
    """Augmented and mixed, across the end of an epoch, however many threads make them."""
    whole = read(batches(augmentation=DRAWN), 0, 12)
    for step in (4, 8):
        for (images, targets), (others, theirs) in zip(
            whole[step:], read(batches(augmentation=DRAWN), step, 12 - step), strict=True
        ):
            np.testing.assert_array_equal(images, others)
            np.testing.assert_array_equal(targets, theirs)
    other_seed = read(batches(augmentation=DRAWN, seed=4), 0, 1)
    assert (other_seed[0][0] != whole[0][0]).any()


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("augmentation", [PLAIN, DRAWN])
def test_shares_of_workers_make_up_the_batch(count: int, augmentation: Augmentation) -> None:
    """Mixed with the same images, and in shares that differ by an image, too."""
    whole = read(batches(augmentation=augmentation), 0, 5)
    shares = [
        read(batches(augmentation=augmentation, share=Share(rank, count)), 0, 5)
        for rank in range(count)
    ]
    for step, (images, targets) in enumerate(whole):
        np.testing.assert_array_equal(images, np.concatenate([one[step][0] for one in shares]))
        np.testing.assert_array_equal(targets, np.concatenate([one[step][1] for one in shares]))


def test_a_picture_that_cannot_be_used_is_named_and_the_next_takes_its_place() -> None:
    class Bad(ArrayExamples):
        def picture(self, index: int) -> Any:
            if index in (5, 6):
                raise BadPictureError("it is cut off")
            return super().picture(index)

    data = Bad("memory", examples().pictures, examples().labels)
    one = batches(data, shuffle="none")
    found = numbers(read(one, 0, 5))
    assert found[:9] == [0, 1, 2, 3, 4, 7, 7, 7, 8]
    assert one.bad.reasons == {"memory[5]": "it is cut off", "memory[6]": "it is cut off"}


def test_a_member_trains_on_its_own_sample() -> None:
    made = read(batches(indices=np.array([7, 7, 3, 1] * 5)), 0, 5)
    assert sorted(set(numbers(made))) == [1, 3, 7]


def test_networks_that_read_grey_pictures() -> None:
    grey = replace(BYTES, mean=(0.0,), std=(1.0,))
    data = examples(channels=3)
    data.pictures[..., 0] = 255  # red weighs 0.299
    made = read(batches(data, shape=(6, 6, 1), preprocessing=grey, shuffle="none"), 0, 1)
    assert made[0][0].shape == (4, 6, 6, 1)
    expected = np.asarray(Image.fromarray(data.pictures[1]).convert("L"))
    np.testing.assert_allclose(made[0][0][1, ..., 0], expected, atol=1)
    color = read(batches(examples(channels=1), shuffle="none"), 0, 1)
    assert color[0][0].shape == (4, 6, 6, 3)


@pytest.mark.parametrize("channels", [1, 3])
def test_alpha_lies_on_white_as_in_predictions(channels: int) -> None:
    draw = np.random.default_rng(0)
    picture = draw.integers(0, 256, (5, 4, 4), dtype=np.uint8)
    picture[0, :, 3] = 0
    picture[1, :, 3] = 255
    found = with_channels(picture, channels)
    assert (found[0] == 255).all()
    if channels == 3:
        np.testing.assert_array_equal(found[1], picture[1, :, :3])
    predicted = np.asarray(read_picture(PictureRef("#0", picture), channels))
    np.testing.assert_array_equal(found, predicted.reshape(found.shape))


def test_other_channels_are_refused() -> None:
    with pytest.raises(BadPictureError, match="1, 3 or 4"):
        with_channels(np.zeros((2, 2, 5), np.uint8), 3)


@pytest.mark.parametrize("order", ["RGB", "BGR"])
def test_images_are_scaled_as_predictions_scale_them(order: str) -> None:
    steps = Preprocessing(
        "bilinear", 1.0, order, 1 / 255, (0.4, 0.5, 0.6), (0.2, 0.3, 0.4), source=""
    )
    picture = np.random.default_rng(0).integers(0, 256, (5, 4, 3), dtype=np.uint8)
    ours = normalized(picture[None].astype("float32"), steps).numpy()[0]
    np.testing.assert_allclose(ours, scaled(picture, steps), atol=1e-6)
