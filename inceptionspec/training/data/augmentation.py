"""What a recipe does to pictures at random, as TensorFlow operations that follow from seeds.

Nothing here keeps a state: the same picture and the same seed give the same image, in any order
and on any machine with the same TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import permutations
from typing import Any

import keras
import tensorflow as tf

from inceptionspec.training.recipe import Augmentation, Crop

_CROP, _RESIZE, _MIRROR, _COLOR, _RAND, _ERASE, _MIX, _CHOICE = range(8)
"""What a seed is used for: each use folds its own number in."""

#: How far colors change at strength 1 (TF-Slim's ``inception_preprocessing.py``).
_BRIGHTNESS, _SATURATION, _HUE, _CONTRAST = 32.0 / 255.0, 0.5, 0.2, 0.5
_RESIZES = ("bilinear", "nearest", "bicubic", "area")


class Augmenter:
    """A recipe's augmentation, ready to be traced by ``tf.data``."""

    def __init__(self, augmentation: Augmentation, size: tuple[int, int]) -> None:
        """Make the layers, whose variables must not be made while a function is traced.

        Args:
            augmentation: what is done.
            size: height and width of the images, in pixels.
        """
        self._given = augmentation
        self._size = size
        self._rand_augment = self._eraser = None
        if augmentation.rand_augment is not None:
            self._rand_augment = keras.layers.RandAugment(
                value_range=(0, 255),
                num_ops=augmentation.rand_augment.operations,
                factor=augmentation.rand_augment.magnitude,
            )
        if augmentation.erasing:
            # A factor that is one number stands for a range from 0 there, and here.
            self._eraser = keras.layers.RandomErasing(
                factor=(augmentation.erasing, augmentation.erasing), value_range=(0, 255)
            )
        self._mixers = []
        if augmentation.mixup:
            self._mixers.append(keras.layers.MixUp(alpha=augmentation.mixup))
        if augmentation.cutmix:
            self._mixers.append(keras.layers.CutMix(factor=(augmentation.cutmix,) * 2))

    @property
    def mixes(self) -> bool:
        """Whether images of a batch are mixed with each other."""
        return bool(self._mixers)

    def image(self, picture: Any, seed: Any) -> Any:
        """An image to train on.

        Args:
            picture: uint8, height x width x channels.
            seed: int32, two numbers.

        Returns:
            float32 from 0 to 255, height x width x channels.
        """
        given, colors = self._given, picture.shape[-1] == 3
        if given.crop is not None:
            picture = _cropped(picture, _fold(seed, _CROP), given.crop)
        image = _resized(picture, self._size, _fold(seed, _RESIZE), given.interpolation)
        if given.mirror:
            image = tf.image.stateless_random_flip_left_right(image, _fold(seed, _MIRROR))
        if given.color != "none" and given.color_strength and colors:
            image = _colored(image, _fold(seed, _COLOR), given)
        for layer, use in ((self._rand_augment, _RAND), (self._eraser, _ERASE)):
            if layer is not None and colors:
                stream = _SeedStream(_fold(seed, use))
                chosen = _transformation(layer, image[None], stream)
                image = layer.transform_images(image[None], chosen, training=True)[0]
        return tf.ensure_shape(image, (*self._size, picture.shape[-1]))

    def mixed(self, images: Any, targets: Any, seed: Any) -> tuple[Any, Any]:
        """A batch whose images are mixed with each other, and their targets with them.

        With both mixup and CutMix, each batch gets one of them.

        Args:
            images: float32, batch x height x width x channels.
            targets: float32, batch x classes: how much each image is of each class.
            seed: int32, two numbers.
        """

        def mixed_by(layer: Any) -> tuple[Any, Any]:
            return _mixed(layer, images, targets, _drawn(layer, images, seed))

        found: tuple[Any, Any] = self._by_one(mixed_by, seed, (images, targets))
        return found

    def partners(self, batch: int, shape: tuple[int, int, int], seed: Any) -> Any:
        """Which image of a batch each is mixed with: int32, as many as there are.

        Args:
            batch: images in the batch.
            shape: height, width and channels of an image.
            seed: of the batch.
        """
        whole = tf.zeros((batch, *shape))  # its shape counts

        def of(layer: Any) -> Any:
            return tf.cast(_drawn(layer, whole, seed)[_ORDER], tf.int32)

        return self._by_one(of, seed, tf.range(batch))

    def mixed_share(
        self, images: Any, targets: Any, seed: Any, own: slice, batch: int
    ) -> tuple[Any, Any]:
        """What ``mixed`` makes of some images of a batch, without the others.

        Args:
            images: those images, then for each the one that ``partners`` names.
            targets: of all these.
            seed: of the batch.
            own: which images of the batch they are.
            batch: images in the whole batch.
        """
        count = own.stop - own.start
        whole = tf.zeros((batch, *images.shape[1:]))

        def mixed_by(layer: Any) -> tuple[Any, Any]:
            chosen = {
                name: tf.concat([value[own], value[own]], 0)
                for name, value in _drawn(layer, whole, seed).items()
            }
            chosen[_ORDER] = tf.concat([tf.range(count, 2 * count), tf.range(count)], 0)
            shown, told = _mixed(layer, images, targets, chosen)
            return shown[:count], told[:count]

        found: tuple[Any, Any] = self._by_one(mixed_by, seed, (images[:count], targets[:count]))
        return found

    def _by_one(self, use: Callable[[Any], Any], seed: Any, neither: Any) -> Any:
        """What one of the layers that mix gives: of two, the one that a batch's seed draws."""
        branches = [partial(use, layer) for layer in self._mixers]
        if len(branches) < 2:
            return branches[0]() if branches else neither
        first = tf.random.stateless_uniform((), _fold(seed, _CHOICE)) < 0.5
        return tf.cond(first, *branches)


_ORDER = "permutation_order"
"""What Keras' layers call the numbers of the images that a batch's images are mixed with."""


def _drawn(layer: Any, images: Any, seed: Any) -> dict[str, Any]:
    """All that a layer draws for a batch of the images' shape."""
    stream = _SeedStream(_fold(seed, _MIX))
    found: dict[str, Any] = _transformation(layer, {"images": images}, stream)
    return found


def _mixed(layer: Any, images: Any, targets: Any, chosen: dict[str, Any]) -> tuple[Any, Any]:
    return (
        layer.transform_images(images, chosen, training=True),
        layer.transform_labels(targets, chosen, training=True),
    )


class _SeedStream(keras.random.SeedGenerator):  # type: ignore[misc]
    """Seeds for a Keras layer that follow from one seed, where Keras keeps a variable."""

    def __init__(self, seed: Any) -> None:
        self._first = seed
        self._drawn = 0

    def next(self, ordered: bool = True) -> Any:
        """The next seed: uint32, two numbers."""
        self._drawn += 1
        return tf.bitcast(_fold(self._first, self._drawn), tf.uint32)


def _transformation(layer: Any, data: Any, stream: _SeedStream) -> Any:
    """What a layer draws, from the stream alone.

    RandAugment takes no seed where it draws, so that its generators, and those of the layers
    inside, are replaced.
    """
    for part in (layer, *(getattr(layer, name) for name in getattr(layer, "_AUGMENT_LAYERS", ()))):
        part.backend.set_backend("tensorflow")
        part._get_seed_generator = lambda backend=None: stream
    return layer.get_random_transformation(data, training=True, seed=stream)


def _fold(seed: Any, use: int) -> Any:
    return tf.random.experimental.stateless_fold_in(seed, use)


def _cropped(picture: Any, seed: Any, crop: Crop) -> Any:
    begin, extent, _ = tf.image.stateless_sample_distorted_bounding_box(
        tf.shape(picture),
        tf.zeros((1, 0, 4)),
        seed,
        min_object_covered=0.0,
        aspect_ratio_range=crop.aspect,
        area_range=crop.area,
        max_attempts=100,
        use_image_if_no_bounding_boxes=True,
    )
    found = tf.slice(picture, begin, extent)
    found.set_shape((None, None, picture.shape[-1]))
    return found


def _resized(picture: Any, size: tuple[int, int], seed: Any, interpolation: str) -> Any:
    """Pixels by interpolation, as float32 from 0 to 255."""

    def by(method: str) -> Callable[[], Any]:
        return lambda: tf.cast(tf.image.resize(picture, size, method), tf.float32)

    if interpolation == "random":
        which = tf.random.stateless_uniform((), seed, 0, len(_RESIZES), tf.int32)
        image = tf.switch_case(which, [by(method) for method in _RESIZES])
    else:
        image = by(interpolation)()
    return tf.clip_by_value(image, 0.0, 255.0)  # bicubic overshoots


def _colored(image: Any, seed: Any, augmentation: Augmentation) -> Any:
    """Colors changed in a random order, since the changes do not commute."""
    strength = augmentation.color_strength
    seeds = [_fold(seed, number) for number in range(5)]

    def brightness(image: Any) -> Any:
        return tf.image.stateless_random_brightness(image, _BRIGHTNESS * strength, seeds[0])

    def saturation(image: Any) -> Any:
        low, high = _factors(_SATURATION * strength)
        return tf.image.stateless_random_saturation(image, low, high, seeds[1])

    def hue(image: Any) -> Any:
        return tf.image.stateless_random_hue(image, min(_HUE * strength, 0.5), seeds[2])

    def contrast(image: Any) -> Any:
        low, high = _factors(_CONTRAST * strength)
        return tf.image.stateless_random_contrast(image, low, high, seeds[3])

    changes = [brightness, saturation]
    if augmentation.color == "full":
        changes += [hue, contrast]
    orders = tf.constant(list(permutations(range(len(changes)))))
    which = tf.random.stateless_uniform((), seeds[4], 0, orders.shape[0], tf.int32)
    colored = image / 255.0
    for number in tf.unstack(orders[which]):
        colored = tf.switch_case(number, [partial(change, colored) for change in changes])
    return tf.clip_by_value(colored, 0.0, 1.0) * 255.0


def _factors(change: float) -> tuple[float, float]:
    return max(1.0 - change, 0.0), 1.0 + change
