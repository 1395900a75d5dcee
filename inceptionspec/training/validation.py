"""The network on data that it is not trained on, with the weights that would be used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.pictures.crops import crops
from inceptionspec.pictures.preprocess import resized, scaled
from inceptionspec.prediction.ensemble import probabilities
from inceptionspec.training.data.batches import BadPictures, with_channels
from inceptionspec.training.data.examples import BadPictureError, Examples
from inceptionspec.training.measures import Tally
from inceptionspec.training.training import Training
from inceptionspec.utils import interrupts

_MOST = 64
"""Images in a batch. Not more than training has, which needs more memory for each."""


class Validation:
    """The examples that validate, as ``specbuild predict`` would show them: one crop of each."""

    def __init__(
        self,
        examples: Examples,
        head: str,
        shape: tuple[int, int, int],
        steps: Preprocessing,
        bad: BadPictures,
    ) -> None:
        """Say what is shown; nothing is read yet.

        Args:
            examples: the pictures.
            head: whose predictions count.
            shape: height, width and channels of the input.
            steps: how a picture becomes an input.
            bad: notes the pictures that cannot be used.
        """
        self._examples = examples
        self._head = head
        self._shape = shape
        self._steps = steps
        self._bad = bad
        self._forward: Any = None

    def measure(self, training: Training) -> dict[str, float]:
        """Loss and accuracy of the averaged weights, or of the weights where there are none."""
        if self._forward is None:
            model, head = training.model, self._head
            self._forward = tf.function(
                lambda images: model(images, training=False)[head],
                input_signature=[tf.TensorSpec((None, *self._shape), tf.float32)],
                autograph=False,
            )
        swap = training.averages.swap if training.averages is not None else lambda: None
        with interrupts.held():
            swap()
        try:
            tally = Tally()
            for images, labels in self._batches(training.fitted.recipe.batch):
                logits = self._forward(tf.constant(images)).numpy()
                tally.add(probabilities(logits, "softmax"), labels)
        finally:
            with interrupts.held():
                swap()
        return {"loss": tally.loss, "top_1": tally.top_1, "top_5": tally.top_5}

    def _batches(self, batch: int) -> Iterator[tuple[Any, Any]]:
        images: list[Any] = []
        labels: list[int] = []
        for index, label in enumerate(self._examples.labels):
            try:
                images.append(self._image(index))
            except BadPictureError as error:
                self._bad.add(self._examples.name(index), str(error))
                continue
            labels.append(int(label))
            if len(images) == min(_MOST, batch):
                yield np.stack(images), np.array(labels)
                images, labels = [], []
        if images:
            yield np.stack(images), np.array(labels)

    def _image(self, index: int) -> Any:
        from PIL import Image

        picture = with_channels(self._examples.picture(index), self._shape[2])
        opened = Image.fromarray(picture[..., 0] if self._shape[2] == 1 else picture)
        size = self._shape[:2]
        (crop,) = crops(1, opened.width, opened.height, self._steps, size)
        return scaled(resized(opened, crop.box, size, self._steps.resize), self._steps)
