"""Pictures in memory: an ``.npz`` file, or arrays from Python."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import sanitize, short_path, shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import listed

#: The names under which arrays of pictures and labels are found, by what they are for.
NAMES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "train": (("x_train", "y_train"), ("train_images", "train_labels"), ("images", "labels")),
    "validation": (("x_test", "y_test"), ("x_val", "y_val"), ("val_images", "val_labels")),
}
_MOST_CLASSES = 1_000_000


class ArrayExamples:
    """Pictures of one size in an array: uint8, pictures x height x width x channels."""

    def __init__(self, source: str, pictures: Any, labels: Any) -> None:
        self.source = source
        self.pictures = pictures
        self.labels = labels

    def name(self, index: int) -> str:
        """The number of the picture."""
        return f"{self.source}[{index}]"

    def picture(self, index: int) -> Any:
        """A picture with the channels that it has."""
        return self.pictures[index]

    def fingerprint(self) -> bytes:
        """A hash of all pictures and labels."""
        found = hashlib.sha256(np.ascontiguousarray(self.pictures))
        found.update(np.ascontiguousarray(self.labels))
        return found.digest()


class PairExamples:
    """Pictures of any sizes in memory, each an array of its own."""

    def __init__(self, source: str, pictures: Sequence[Any], labels: Any) -> None:
        self.source = source
        self.pictures = pictures
        self.labels = labels

    def name(self, index: int) -> str:
        """The number of the picture."""
        return f"{self.source}[{index}]"

    def picture(self, index: int) -> Any:
        """A picture with the channels that it has."""
        return self.pictures[index]

    def fingerprint(self) -> bytes:
        """A hash of all pictures and labels."""
        found = hashlib.sha256(np.ascontiguousarray(self.labels))
        for picture in self.pictures:
            found.update(repr(picture.shape).encode())
            found.update(np.ascontiguousarray(picture))
        return found.digest()


def load_pairs(pairs: Iterable[Any], place: Span) -> PairExamples:
    """The pairs of a picture and a label that a pipeline yields, kept in memory.

    Args:
        pairs: as ``tf.data`` yields them: uint8, height x width x 1, 3 or 4, and a whole number.
        place: where findings point.

    Raises:
        SpecError: one is something else (E0911).
    """
    rows = pairs.as_numpy_iterator() if hasattr(pairs, "as_numpy_iterator") else pairs
    pictures, labels = [], []
    for number, row in enumerate(rows):
        try:
            picture, label = map(np.asarray, row)
        except (TypeError, ValueError):
            picture = label = np.zeros(())
        if picture.ndim == 2:
            picture = picture[..., None]
        kind, shape = picture.dtype, "x".join(map(str, picture.shape))
        if kind != np.uint8 or picture.ndim != 3 or picture.shape[2] not in (1, 3, 4):
            raise _refused(
                f"element {number} of the data has no picture, but {kind} of {shape or 'no axes'}",
                place,
                "give pairs of a picture (uint8, height x width x channels) and a whole number, "
                "without batches",
            )
        if label.size != 1 or label.dtype.kind not in "iu" or not 0 <= label.item() < _MOST_CLASSES:
            raise _refused(f"the label of element {number} is not a whole number from 0", place)
        pictures.append(picture)
        labels.append(label.item())
    if not pictures:
        raise _refused("the data yields nothing", place)
    return PairExamples("data", pictures, np.asarray(labels, "int64"))


def load_arrays(file: str, place: Span) -> tuple[ArrayExamples, ArrayExamples | None]:
    """The examples that train, and those that validate, of an ``.npz`` file.

    Nothing in it is unpickled.

    Raises:
        SpecError: it cannot be read, or holds no pictures with labels (E0911).
    """
    shown = sanitize(short_path(file))
    try:
        with open(file, "rb") as stream, np.load(stream, allow_pickle=False) as held:
            arrays = {
                name: held[name]
                for pairs in NAMES.values()
                for pair in pairs
                for name in pair
                if name in held
            }
            names = list(held)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        EOFError,
        MemoryError,
        zipfile.BadZipFile,
    ) as error:
        reason = sanitize(shortened(str(error), 200))
        raise spec_error("E0911", f"`{shown}` cannot be read", place, notes=(reason,)) from None
    found = {
        use: next((pair for pair in pairs if pair[0] in arrays and pair[1] in arrays), None)
        for use, pairs in NAMES.items()
    }
    if found["train"] is None:
        has = listed([sanitize(shortened(name, 40)) for name in names[:6]]) if names else "nothing"
        raise spec_error(
            "E0911",
            f"`{shown}` has no arrays of pictures and labels; it has {has}",
            place,
            f"call them {' or '.join(f'`{a}` and `{b}`' for a, b in NAMES['train'])}",
        )
    trained = checked_arrays(f"{file}", arrays[found["train"][0]], arrays[found["train"][1]], place)
    if found["validation"] is None:
        return trained, None
    images, labels = found["validation"]
    return trained, checked_arrays(file, arrays[images], arrays[labels], place)


def checked_arrays(source: str, pictures: Any, labels: Any, place: Span) -> ArrayExamples:
    """Pictures and labels as examples.

    Args:
        source: what holds them.
        pictures: pictures x height x width (x channels): bytes, or numbers from 0 to 1.
        labels: whole numbers from 0, as many, or one-hot rows.
        place: where findings point.

    Raises:
        SpecError: they are no pictures or no labels, or not as many (E0911).
    """
    shown = sanitize(short_path(source))
    pictures, labels = np.asarray(pictures), np.asarray(labels)
    if pictures.ndim == 3:
        pictures = pictures[..., None]
    if pictures.ndim != 4 or 0 in pictures.shape or pictures.shape[3] not in (1, 3, 4):
        raise _refused(
            f"the pictures of `{shown}` are an array of {'x'.join(map(str, pictures.shape))}",
            place,
            "give pictures x height x width, or that x 1, 3 or 4 channels",
        )
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    elif (
        labels.ndim == 2
        and labels.shape[1] > 1
        and np.array_equal(labels.sum(axis=1), np.ones(len(labels)))
    ):
        labels = labels.argmax(axis=1)
    if labels.ndim != 1 or labels.dtype.kind not in "iuf" or len(labels) != len(pictures):
        raise _refused(
            f"`{shown}` has {len(pictures)} pictures and labels of "
            f"{'x'.join(map(str, labels.shape))}",
            place,
            "give one whole number for each picture",
        )
    numbers = labels.astype("int64")
    if not np.array_equal(numbers, labels) or numbers.min() < 0 or numbers.max() >= _MOST_CLASSES:
        raise _refused(f"the labels of `{shown}` are not whole numbers from 0", place)
    return ArrayExamples(source, _bytes(pictures, shown, place), numbers)


def _bytes(pictures: Any, shown: str, place: Span) -> Any:
    """Pictures as bytes."""
    if pictures.dtype == np.uint8:
        return pictures
    low, high = float(pictures.min()), float(pictures.max())
    if not np.isfinite([low, high]).all() or low < 0 or high > 255:
        raise _refused(
            f"the pictures of `{shown}` have values from {low:g} to {high:g}",
            place,
            "give bytes, or numbers from 0 to 1: what the network reads is computed from them, "
            "by the spec's preprocessing",
        )
    if pictures.dtype.kind == "f" and high <= 1:
        return np.rint(pictures * 255).astype(np.uint8)
    return np.rint(pictures).astype(np.uint8)


def _refused(message: str, place: Span, *helps: str) -> SpecError:
    return spec_error("E0911", message, place, *helps)
