"""The variants of a sweep in a file, a line for each: it can be resumed, and takes no memory."""

from __future__ import annotations

import json
import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from inceptionspec._version import __version__
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import short_path, shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.sweep.records import Knob, Refusal, Variant
from inceptionspec.sweep.share import figures_data, figures_of_data
from inceptionspec.utils.atomic_write import unwritable

SUFFIX = ".journal"
_FORM = 1
"""The version of the lines below."""
_ANEW = "delete it, which starts the sweep anew, or choose another folder"


def journal_path(folder: str) -> Path:
    """The journal of a sweep that will be a folder: next to it, since the folder is not there."""
    target = Path(os.path.realpath(folder))
    return target.with_name(target.name + SUFFIX)


class Journal:
    """The rows of a sweep in order.

    It holds one file open, so that rows can be read after the file has lost its name.
    """

    def __init__(self, knobs: Sequence[Knob], file: IO[bytes], name: str, place: Span) -> None:
        self._knobs = knobs
        self._file = file
        self._name = name
        weakref.finalize(self, file.close)  # rows are read for as long as anybody has them
        self._place = place
        self._start = 0
        self.count = 0

    def __del__(self) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[Variant]:
        """Every variant, from the first one on.

        Raises:
            SpecError: a line holds none (E0935).
        """
        position, number = self._start, 0
        while number < self.count:
            self._file.seek(position)
            lines = self._file.readlines(1 << 16)
            position = self._file.tell()
            for line in lines[: self.count - number]:
                number += 1
                yield self._variant(number, line)

    def _variant(self, number: int, line: bytes) -> Variant:
        try:
            return variant_of(number, json.loads(line), self._knobs)
        except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError):
            message = f"line {number + 1} of `{short_path(self._name)}` is broken"
            raise spec_error("E0935", message, self._place, _ANEW) from None

    def __len__(self) -> int:
        return self.count

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While no other process adds to the same file: their rows would mix.

        Raises:
            SpecError: one does (E0935).
        """
        try:
            import fcntl
        except ImportError:  # Windows
            yield
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"another sweep writes to `{short_path(self._name)}` at this time"
            help_ = "wait until it has ended, or choose another folder"
            raise spec_error("E0935", message, self._place, help_) from None
        except OSError:
            pass  # a disk without locks
        try:
            yield
        finally:
            with suppress(OSError):
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def begin(self, heading: Mapping[str, Any]) -> None:
        """Read what is there, or write the heading into an empty file.

        Raises:
            SpecError: it is the journal of another sweep, or of another version (E0935).
        """
        self._file.seek(0)
        line = self._file.readline()
        if not line.endswith(b"\n"):
            self._write(0, [{"journal": _FORM, "specbuild": __version__, **heading}])
            self._start = self._file.tell()
            return
        self._refuse_other(line, heading)
        self._start = whole = self._file.tell()
        for line in self._file:
            if not line.endswith(b"\n") or not line.startswith(b"["):
                break  # the process ended while it wrote this line
            self.count += 1
            whole += len(line)
        self._file.truncate(whole)

    def _refuse_other(self, line: bytes, heading: Mapping[str, Any]) -> None:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = {}
        if not isinstance(found, dict) or "journal" not in found:
            message = f"`{short_path(self._name)}` is no journal of a sweep"
            raise spec_error("E0935", message, self._place, _ANEW)
        if found["journal"] != _FORM or found.get("specbuild") != __version__:
            other = shortened(str(found.get("specbuild")), 40)
            message = f"the journal is that of specbuild {other}, and this is {__version__}"
            raise spec_error("E0935", message, self._place, _ANEW)
        for key, value in heading.items():
            if found.get(key) != value:
                message = f"the journal is that of another sweep: its {_WORDS[key]} differ"
                raise spec_error("E0935", message, self._place, _ANEW)

    def add(self, rows: Iterable[Any]) -> None:
        """Write some rows.

        Raises:
            SpecError: they cannot be written (E0803); the rows before them stay.
        """
        rows = list(rows)
        self._file.seek(0, os.SEEK_END)
        self._write(self._file.tell(), rows)
        self.count += len(rows)

    def _write(self, start: int, rows: Iterable[Any]) -> None:
        try:
            self._file.seek(start)
            self._file.write(b"".join(map(_line, rows)))
            self._file.flush()
        except OSError as error:
            raise unwritable(self._name, self._place, error) from None


_WORDS = {
    "bases": "specs",
    "knobs": "knobs",
    "method": "ways of choosing variants",
    "where": "constraints",
    "documents": "digests",
}


def open_journal(knobs: Sequence[Knob], folder: str | None, place: Span) -> Journal:
    """The journal next to a folder, as it is; without a folder, one that has no name.

    Raises:
        SpecError: it cannot be opened (E0803).
    """
    if folder is None:
        return Journal(knobs, tempfile.TemporaryFile("w+b"), "a temporary file", place)
    path = journal_path(folder)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        return Journal(knobs, os.fdopen(descriptor, "r+b"), str(path), place)
    except OSError as error:
        raise unwritable(str(path), place, error) from None


def _line(row: Any) -> bytes:
    return (json.dumps(row, separators=(",", ":")) + "\n").encode()


def row_of(variant: Variant, values: Sequence[int]) -> list[Any]:
    """A variant as a line has it; its number is that of the line.

    Args:
        variant: it.
        values: for each knob, the number of its value.
    """
    figures, refusal = variant.figures, variant.refusal
    return [
        list(values),
        None if figures is None else figures_data(figures),
        variant.network or "",
        variant.document or "",
        int(variant.admitted),
        variant.repeats or 0,
        None if refusal is None else [refusal.code, refusal.message, refusal.place, refusal.line],
    ]


def variant_of(number: int, row: Sequence[Any], knobs: Sequence[Knob]) -> Variant:
    """The variant of a line."""
    values, figures, network, document, admitted, repeats, refusal = row
    if figures is not None:
        figures = figures_of_data(figures)
    return Variant(
        number,
        {knob.name: knob.values[at] for knob, at in zip(knobs, values, strict=True)},
        figures,
        None if refusal is None else Refusal(*refusal),
        network or None,
        document or None,
        bool(admitted),
        repeats or None,
    )
