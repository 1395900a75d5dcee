"""From what a user names to data: a folder, an ``.npz`` file, TFRecords, or arrays."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize, short_path
from inceptionspec.diagnostics.source import Span
from inceptionspec.training.data.arrays import checked_arrays, load_arrays, load_pairs
from inceptionspec.training.data.examples import Data, Examples
from inceptionspec.training.data.folder import class_folders, folder_examples
from inceptionspec.training.data.order import split
from inceptionspec.training.data.tfrecord import record_examples, shards

TRAIN, VALIDATION = ("train", "training"), ("validation", "val", "valid", "test")
"""What the two parts of the data are called."""


class Subset:
    """Some of the examples of others."""

    def __init__(self, whole: Examples, indices: Any) -> None:
        self.source = whole.source
        self.labels = whole.labels[indices]
        self._whole = whole
        self._indices = indices

    def name(self, index: int) -> str:
        """What the whole calls it."""
        return self._whole.name(int(self._indices[index]))

    def picture(self, index: int) -> Any:
        """The picture of the whole."""
        return self._whole.picture(int(self._indices[index]))

    def fingerprint(self) -> bytes:
        """That of the whole, and which examples these are."""
        chosen: bytes = np.ascontiguousarray(self._indices).tobytes()
        return self._whole.fingerprint() + chosen


def open_data(reference: str, place: Span, *, share: float = 0.1, seed: int = 0) -> Data:
    """The data that a user names.

    A folder with ``train`` and ``validation`` inside, each with a folder per class; a folder per
    class alone, of which a share validates; a folder of TFRecords; an ``.npz`` file.

    Args:
        reference: the path.
        place: where findings point.
        share: what part of each class validates where the data does not say.
        seed: of that choice.

    Raises:
        SpecError: there is no such data, or it cannot be trained on (E0911).
    """
    path = Path(reference)
    shown = sanitize(short_path(reference))
    if reference.endswith(".npz") and os.path.isfile(path):
        train, validation = load_arrays(reference, place)
        names = _numbers(train, validation)
        return _data(names, train, validation, share, seed, place)
    if not os.path.isdir(path):
        what = "is a file, but no `.npz`" if os.path.exists(path) else "does not exist"
        raise spec_error(
            "E0911",
            f"`{shown}` {what}",
            place,
            "name a folder with a folder of pictures for each class, a folder of TFRecords, "
            "or an `.npz` file",
        )
    try:
        return _of_folder(path, place, share, seed)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise spec_error("E0911", f"`{shown}` cannot be read", place, notes=(reason,)) from None


def data_in_memory(given: Any, place: Span, *, share: float = 0.1, seed: int = 0) -> Data:
    """The data that Python code holds.

    Args:
        given: arrays of pictures and labels, as a pair; or what yields pairs of a picture and a
            label, such as a ``tf.data.Dataset``, which is read once.
        place: where findings point.
        share: what part of each class validates.
        seed: of that choice.

    Raises:
        SpecError: it cannot be trained on (E0911).
    """
    if isinstance(given, tuple) and len(given) == 2:
        examples: Examples = checked_arrays("data", *given, place)
    else:
        examples = load_pairs(given, place)
    return _data(_numbers(examples, None), examples, None, share, seed, place)


def _of_folder(path: Path, place: Span, share: float, seed: int) -> Data:
    records = shards(path)
    if records:
        found = {name: record_examples(files, place) for name, files in records.items()}
        train = _first(found, TRAIN) or next(iter(found.values()))
        validation = _first(found, VALIDATION)
        _renumber([one for one in (train, validation) if one is not None])
        return _data(_numbers(train, validation), train, validation, share, seed, place)
    inside = {entry: path / entry for entry in os.listdir(path)}
    training, validating = _first(inside, TRAIN), _first(inside, VALIDATION)
    if training is None or not training.is_dir():
        classes = class_folders(path, place)
        return _data(classes, folder_examples(path, classes, place), None, share, seed, place)
    classes = class_folders(training, place)
    train_examples = folder_examples(training, classes, place)
    if validating is None or not validating.is_dir():
        return _data(classes, train_examples, None, share, seed, place)
    tested = folder_examples(validating, classes, place)
    return _data(classes, train_examples, tested, share, seed, place)


def _first(found: Any, names: Sequence[str]) -> Any:
    return next((found[name] for name in names if name in found), None)


def _renumber(parts: Sequence[Any]) -> None:
    """Count classes from 0 where records count them from 1, as ImageNet's do: 0 is background."""
    if min(int(part.labels.min()) for part in parts if len(part.labels)) == 1:
        for part in parts:
            part.labels = part.labels - 1


def _numbers(train: Examples, validation: Examples | None) -> tuple[str, ...]:
    """Names of classes that have numbers only."""
    parts = [train.labels] if validation is None else [train.labels, validation.labels]
    return tuple(str(number) for number in range(1 + max(int(part.max()) for part in parts)))


def _data(
    classes: Sequence[str],
    train: Examples,
    validation: Examples | None,
    share: float,
    seed: int,
    place: Span,
) -> Data:
    notes: list[str] = []
    if len(set(train.labels.tolist())) < 2:
        raise spec_error(
            "E0911",
            f"`{sanitize(short_path(train.source))}` has one class",
            place,
            "a classifier needs pictures of two classes at least",
        )
    if validation is None and share > 0:
        whole = train
        kept, held_out = split(whole.labels, share, seed)
        train, validation = Subset(whole, kept), Subset(whole, held_out)
        notes.append(
            f"{len(held_out):,} of {len(whole.labels):,} pictures validate, chosen by seed {seed}"
        )
    digest = hashlib.sha256("\0".join(classes).encode("utf-8", "surrogateescape"))
    for part in (train, validation):
        if part is not None:
            digest.update(hashlib.sha256(part.fingerprint()).digest())
    return Data(tuple(classes), train, validation, digest.hexdigest(), tuple(notes))
