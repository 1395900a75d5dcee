"""Batches to train on, from any step on: what a step reads follows from its number alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.training.data.augmentation import Augmenter
from inceptionspec.training.data.examples import BadPictureError, Examples
from inceptionspec.training.data.order import epoch_order, example_seeds
from inceptionspec.training.recipe import Augmentation

_PREFETCHED = 2
"""Batches that are made while the network computes."""


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of every batch this process computes: the ``rank``-th of ``count`` workers."""

    rank: int = 0
    count: int = 1


WHOLE = Share()


class BadPictures:
    """Pictures that could not be used, by their name, with the reason."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reasons: dict[str, str] = {}

    def add(self, name: str, reason: str) -> None:
        """Note a picture; once, however often it comes."""
        with self._lock:
            self.reasons.setdefault(name, reason)


class Batches:
    """The batches of a run.

    A batch is images (float32, batch x height x width x channels, as the network reads them) and
    targets (float32, batch x classes). In place of a picture that cannot be used stands the next
    one that can, in the order of the data: which one it is depends on nothing else.
    """

    def __init__(
        self,
        examples: Examples,
        *,
        classes: int,
        shape: tuple[int, int, int],
        preprocessing: Preprocessing,
        augmentation: Augmentation,
        batch: int,
        seed: int,
        shuffle: str = "every_epoch",
        indices: Any = None,
        share: Share = WHOLE,
    ) -> None:
        """Say what is in the batches; nothing is read yet.

        Args:
            examples: the pictures.
            classes: how many the network tells apart.
            shape: height, width and channels of the images.
            preprocessing: how an image's bytes become the network's input.
            augmentation: what is done to pictures at random.
            batch: images in a batch, over all workers.
            seed: what order and augmentation follow from.
            shuffle: ``none``, ``once`` or ``every_epoch``.
            indices: the examples that are used, some perhaps several times; all by default.
            share: the part of each batch that this process computes.
        """
        self._examples = examples
        self._indices = np.arange(len(examples.labels)) if indices is None else indices
        self._classes = classes
        self._shape = shape
        self._preprocessing = preprocessing
        self._augmenter = Augmenter(augmentation, shape[:2])
        self._batch = batch
        self._seed = seed
        self._shuffle = shuffle
        self._share = share
        self.bad = BadPictures()

    @property
    def per_epoch(self) -> int:
        """Batches in an epoch. Pictures that fill no batch wait for another epoch's order."""
        return len(self._indices) // self._batch

    def since(self, step: int) -> Iterator[tuple[Any, Any]]:
        """Images and targets of every step from one on, without end."""
        signature = (
            tf.TensorSpec((None,), tf.int64),
            tf.TensorSpec((None, 2), tf.int32),
            tf.TensorSpec((2,), tf.int32),
        )
        plans = tf.data.Dataset.from_generator(
            lambda: self._plans(step), output_signature=signature
        )
        options = tf.data.Options()
        options.deterministic = True
        part = self._batch // self._share.count
        found = (
            plans.flat_map(_examples_of)
            .map(self._example, num_parallel_calls=tf.data.AUTOTUNE)
            .batch(part, drop_remainder=True, num_parallel_calls=tf.data.AUTOTUNE)
            .map(self._mixed)
            .prefetch(_PREFETCHED)
            .with_options(options)
        )
        return iter(found)

    def _plans(self, step: int) -> Iterator[tuple[Any, Any, Any]]:
        """For each step its examples, their seeds, and the seed of the batch."""
        part = self._batch // self._share.count
        epoch, within = divmod(step, self.per_epoch)
        while True:
            counted = 0 if self._shuffle == "once" else epoch
            shuffled = self._shuffle != "none"
            order = epoch_order(len(self._indices), self._seed, counted, shuffled=shuffled)
            for number in range(within, self.per_epoch):
                start = number * self._batch + self._share.rank * part
                chosen = order[start : start + part]
                seeds = example_seeds(self._seed, epoch, chosen)
                yield self._indices[chosen], seeds, seeds[0]
            epoch, within = epoch + 1, 0

    def _example(self, index: Any, seed: Any, batch_seed: Any) -> tuple[Any, Any, Any]:
        picture, label = tf.numpy_function(self._read, [index], [tf.uint8, tf.int64])
        picture.set_shape((None, None, self._shape[2]))
        image = self._augmenter.image(picture, seed)
        return image, tf.one_hot(tf.ensure_shape(label, ()), self._classes), batch_seed

    def _read(self, index: Any) -> tuple[Any, Any]:
        """The picture of a number, or the next that can be used, with its label."""
        labels = self._examples.labels
        for number in range(int(index), int(index) + len(labels)):
            found = number % len(labels)
            try:
                picture = with_channels(self._examples.picture(found), self._shape[2])
                return picture, np.int64(labels[found])
            except BadPictureError as error:
                self.bad.add(self._examples.name(found), str(error))
        raise BadPictureError("no picture can be used")

    def _mixed(self, images: Any, targets: Any, seeds: Any) -> tuple[Any, Any]:
        images, targets = self._augmenter.mixed(images, targets, seeds[0])
        return normalized(images, self._preprocessing), targets


def with_channels(picture: Any, channels: int) -> Any:
    """A picture with 1 or 3 channels: grey by the weights of ITU-R BT.601, alpha left out."""
    if picture.ndim == 2:
        picture = picture[..., None]
    if picture.shape[2] in (2, 4):
        picture = picture[..., :-1]
    if picture.shape[2] == channels:
        return np.ascontiguousarray(picture)
    if channels == 3 and picture.shape[2] == 1:
        return np.repeat(picture, 3, axis=2)
    if channels == 1 and picture.shape[2] == 3:
        grey = picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
        return np.rint(grey).astype(np.uint8)[..., None]
    raise BadPictureError(f"it has {picture.shape[2]} channels, the network reads {channels}")


def normalized(images: Any, preprocessing: Preprocessing) -> Any:
    """What the network reads, from bytes of red, green and blue as float32."""
    if preprocessing.channel_order == "BGR":
        images = images[..., ::-1]
    mean = tf.constant(preprocessing.mean, tf.float32)
    std = tf.constant(preprocessing.std, tf.float32)
    return (images * preprocessing.scale - mean) / std


def _examples_of(indices: Any, seeds: Any, batch_seed: Any) -> Any:
    several = tf.repeat(batch_seed[None], tf.shape(indices)[0], axis=0)
    return tf.data.Dataset.from_tensor_slices((indices, seeds, several))
