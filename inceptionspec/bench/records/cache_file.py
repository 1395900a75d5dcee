"""What was measured on this machine: entries in a JSON file of the user's cache folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import external
from inceptionspec.utils.atomic_write import write_file
from inceptionspec.utils.finite_json import parse_finite_json
from inceptionspec.utils.read_file import read_regular_file


class CacheFile(NamedTuple):
    """A kind of cache file.

    Fields:
        schema: its form and version.
        key: what holds the list of entries.
        is_entry: whether data has the form of an entry.
        max_bytes: larger files are not read.
        indent: of the text; None for one line.
    """

    schema: str
    key: str
    is_entry: Callable[[Any], bool]
    max_bytes: int
    indent: int | None = None

    def read(self, file: Path) -> tuple[list[dict[str, Any]], str]:
        """The entries of a file; or none and why: it cannot be read, or is broken.

        A file that is not there has none, without a reason.
        """
        try:
            text = read_regular_file(file, self.max_bytes)
        except FileNotFoundError:
            return [], ""
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return [], f"`{file}` cannot be read: {reason.lower()}"
        try:
            data = parse_finite_json(text)
        except ValueError:
            data = None
        if isinstance(data, dict) and data.get("schema") == self.schema:
            entries = data.get(self.key)
            if isinstance(entries, list) and all(map(self.is_entry, entries)):
                return entries, ""
        return [], f"`{file}` is broken or of another version and is not used"

    def write(self, file: Path, entries: Sequence[Any]) -> None:
        """Write the entries, and make the folder.

        Raises:
            SpecError: the folder or the file cannot be written (E0803).
        """
        place = external(str(file))
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"the folder `{file.parent}` cannot be made: {(error.strerror or '').lower()}"
            raise spec_error("E0803", message, place) from None
        data = {"schema": self.schema, self.key: entries}
        separators = (",", ":") if self.indent is None else None
        text = json.dumps(data, indent=self.indent, sort_keys=True, separators=separators)
        write_file(str(file), text.encode() + b"\n", place)
