"""TFRecord files in the layout of ImageNet, read without TensorFlow.

A record is a length, the length's checksum, a ``tf.train.Example`` and its checksum. An example
holds ``image/encoded`` and ``image/class/label``.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize, short_path
from inceptionspec.diagnostics.source import Span
from inceptionspec.pictures.reading import PictureRef
from inceptionspec.training.data.examples import pixels
from inceptionspec.weights.files.crc32c import crc32c, masked
from inceptionspec.weights.files.wire import BYTES, CorruptFileError, fields, varint

#: ``train-00000-of-01024``, with any word in front and any suffix.
SHARD = re.compile(r"^(?P<split>[A-Za-z_]+)-(?P<number>\d{5})-of-(?P<count>\d{5})(\.tfrecord)?$")
_HEAD = struct.Struct("<QI")
_TAIL = 4
_ENCODED, _LABEL = b"image/encoded", b"image/class/label"


class Record(NamedTuple):
    """Where an example is."""

    file: int
    offset: int
    size: int


class RecordExamples:
    """The examples of some files, files and records in order."""

    def __init__(
        self,
        source: str,
        files: Sequence[Path],
        records: Sequence[Record],
        labels: Any,
        seal: bytes,
    ) -> None:
        self.source = source
        self.labels = labels
        self._files = files
        self._records = records
        self._seal = seal

    def name(self, index: int) -> str:
        """The file and where the record starts."""
        record = self._records[index]
        return f"{self._files[record.file].name}@{record.offset}"

    def picture(self, index: int) -> Any:
        """A picture as red, green and blue."""
        record = self._records[index]
        with open(self._files[record.file], "rb") as stream:
            stream.seek(record.offset)
            encoded, _ = _example(memoryview(stream.read(record.size)))
        return pixels(PictureRef(self.name(index), bytes(encoded)))

    def fingerprint(self) -> bytes:
        """A hash of the checksums of all records."""
        return self._seal


def shards(folder: Path) -> dict[str, list[Path]]:
    """The files of records in a folder, by what they are for."""
    found: dict[str, list[Path]] = {}
    for entry in sorted(os.listdir(folder)):
        matched = SHARD.match(entry)
        if matched:
            found.setdefault(matched["split"], []).append(folder / entry)
    return found


def record_examples(files: Sequence[Path], place: Span) -> RecordExamples:
    """Find every record of some files, and its label.

    All shards that their names promise must be there.

    Raises:
        SpecError: a shard is missing, or a file is damaged or holds something else (E0911).
    """
    _refuse_missing(files, place)
    records: list[Record] = []
    labels: list[int] = []
    seal = hashlib.sha256()
    for number, file in enumerate(files):
        before = len(records)
        try:
            _scan(file, number, records, labels, seal)
        except (CorruptFileError, OSError, struct.error) as error:
            reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            raise spec_error(
                "E0911",
                f"`{sanitize(short_path(file.name))}` cannot be read",
                place,
                "copy it again, or make it anew",
                notes=(f"record {len(records) - before}: {reason}",),
            ) from None
    found = np.asarray(labels, "int64")
    return RecordExamples(str(files[0].parent), files, records, found, seal.digest())


def _refuse_missing(files: Sequence[Path], place: Span) -> None:
    matched = SHARD.match(files[0].name)
    count = int(matched["count"]) if matched else len(files)
    there = {int(found["number"]) for file in files if (found := SHARD.match(file.name))}
    missing = [number for number in range(count) if number not in there]
    if missing:
        split = matched["split"] if matched else ""
        raise spec_error(
            "E0911",
            f"{len(missing)} of {count} files of records are missing, the first is "
            f"`{split}-{missing[0]:05d}-of-{count:05d}`",
            place,
            "copy them too",
        )


def _scan(file: Path, number: int, records: list[Record], labels: list[int], seal: Any) -> None:
    """Add the records of a file. The pictures in them are read, but not kept."""
    size = file.stat().st_size
    with open(file, "rb") as stream:
        at = 0
        while at < size:
            head = stream.read(_HEAD.size)
            length, checksum = _HEAD.unpack(head)
            if masked(crc32c(head[:8])) != checksum:
                raise CorruptFileError("the checksum of its length is wrong")
            if at + _HEAD.size + length + _TAIL > size:
                raise CorruptFileError("the file ends before it does")
            data = stream.read(length)
            tail = stream.read(_TAIL)
            if masked(crc32c(data)) != int.from_bytes(tail, "little"):
                raise CorruptFileError("its checksum is wrong")
            _, label = _example(memoryview(data))
            records.append(Record(number, at + _HEAD.size, length))
            labels.append(label)
            seal.update(head + tail)
            at += _HEAD.size + length + _TAIL


def _example(message: memoryview) -> tuple[memoryview, int]:
    """The picture and the label of a ``tf.train.Example``."""
    encoded: memoryview | None = None
    label: int | None = None
    for features in _messages(message, 1):
        for entry in _messages(features, 1):
            parts = {field.number: field.bytes() for field in fields(entry) if field.type == BYTES}
            key = bytes(parts.get(1, b""))
            if key == _ENCODED:
                for values in _messages(parts[2], 1):
                    encoded = next(_messages(values, 1), None)
            elif key == _LABEL:
                for values in _messages(parts[2], 3):
                    label = _first_number(values)
    if encoded is None or label is None:
        missing = (_ENCODED if encoded is None else _LABEL).decode()
        raise CorruptFileError(f"it has no feature `{missing}`")
    return encoded, label


def _messages(message: memoryview, number: int) -> Any:
    return (
        field.bytes() for field in fields(message) if field.number == number and field.type == BYTES
    )


def _first_number(values: memoryview) -> int | None:
    """The first number of an ``Int64List``, packed or not."""
    for field in fields(values):
        if field.number == 1:
            if field.type == BYTES:
                return varint(field.bytes(), 0)[0] if len(field.bytes()) else None
            return field.integer()
    return None
