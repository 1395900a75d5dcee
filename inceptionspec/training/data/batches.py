"""Batches to train on, from any step on: what a step reads follows from its number alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.pictures.reading import PictureRef
from inceptionspec.training.data.augmentation import Augmenter
from inceptionspec.training.data.examples import BadPictureError, Examples, pixels
from inceptionspec.training.data.order import epoch_order, example_seeds
from inceptionspec.training.recipe import Augmentation

_PREFETCHED = 2
"""Batches that are made while the network computes."""


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of every batch this process computes: the ``rank``-th of ``count`` workers."""

    rank: int = 0
    count: int = 1

    def of(self, batch: int) -> slice:
        """Which images of a batch these are. Shares differ by at most one image."""
        first, end = (rank * batch // self.count for rank in (self.rank, self.rank + 1))
        return slice(first, end)


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
            tf.TensorSpec((self._batch,), tf.int64),
            tf.TensorSpec((self._batch, 2), tf.int32),
            tf.TensorSpec((2,), tf.int32),
        )
        plans = tf.data.Dataset.from_generator(
            lambda: self._plans(step), output_signature=signature
        )
        options = tf.data.Options()
        options.deterministic = True
        own = self._share.of(self._batch)
        part = own.stop - own.start
        if self._needs_partners:
            part *= 2
        found = (
            plans.map(self._chosen)
            .flat_map(_examples_of)
            .map(self._example, num_parallel_calls=tf.data.AUTOTUNE)
            .batch(part, drop_remainder=True, num_parallel_calls=tf.data.AUTOTUNE)
            .map(self._mixed)
            .prefetch(_PREFETCHED)
            .with_options(options)
        )
        return iter(found)

    def _plans(self, step: int) -> Iterator[tuple[Any, Any, Any]]:
        """For each step the examples of the whole batch, their seeds, and that of the batch."""
        epoch, within = divmod(step, self.per_epoch)
        while True:
            counted = 0 if self._shuffle == "once" else epoch
            shuffled = self._shuffle != "none"
            order = epoch_order(len(self._indices), self._seed, counted, shuffled=shuffled)
            for number in range(within, self.per_epoch):
                chosen = order[number * self._batch : (number + 1) * self._batch]
                seeds = example_seeds(self._seed, epoch, chosen)
                yield self._indices[chosen], seeds, seeds[0]
            epoch, within = epoch + 1, 0

    @property
    def _needs_partners(self) -> bool:
        """Whether images are mixed with some that are other workers' own."""
        return self._augmenter.mixes and self._share.count > 1

    def _chosen(self, indices: Any, seeds: Any, batch_seed: Any) -> tuple[Any, Any, Any]:
        """The examples that this process reads: its share, then those that it is mixed with."""
        own = self._share.of(self._batch)
        if not self._needs_partners:
            return indices[own], seeds[own], batch_seed
        partners = self._augmenter.partners(self._batch, self._shape, batch_seed)[own]
        read = tf.concat([tf.range(own.start, own.stop), partners], 0)
        return tf.gather(indices, read), tf.gather(seeds, read), batch_seed

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
        if self._needs_partners:
            own = self._share.of(self._batch)
            mixed = self._augmenter.mixed_share(images, targets, seeds[0], own, self._batch)
            images, targets = mixed
        else:
            images, targets = self._augmenter.mixed(images, targets, seeds[0])
        return normalized(images, self._preprocessing), targets


def with_channels(picture: Any, channels: int) -> Any:
    """A picture with 1 or 3 channels, by the rules of ``specbuild predict``.

    What is transparent lies on white, and grey is what Pillow makes of colors.
    """
    if picture.shape[2] != channels:
        picture = pixels(PictureRef("picture", picture), channels)
    return np.ascontiguousarray(picture)


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
