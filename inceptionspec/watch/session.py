"""A spec that is read again on each save, and what its page shows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from inceptionspec.analysis.diff.compare import compare
from inceptionspec.analysis.diff.difference import Difference, Figures
from inceptionspec.checks.contracts import broken_contracts, exceeded_budgets
from inceptionspec.checks.warnings import advice
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.drawing.diagram.labels import change_text
from inceptionspec.drawing.page import findings_data, payload, source_text
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.watch.files import Watched
from inceptionspec.watch.places import places

#: Findings about a missing file, which may appear without a save of the spec.
_LACKS = frozenset({"E0312", "E0801", "E0802"})

#: The figures of a difference, by their names on the page.
_COMPARED = {"params": "params", "macs": "macs", "peak": "peak_activation_bytes"}

Data = dict[str, Any]


class Reading(NamedTuple):
    """What one reading of the files found; ``network`` is None where nothing can be drawn."""

    network: LoadedSpec | None
    findings: tuple[Diagnostic, ...]


class Update(NamedTuple):
    """What a save changes: for pages that show the previous version, and for all others.

    Both are the JSON of a page's payload. ``difference`` is what the save adds in parameters,
    MACs and bytes of peak memory, if there is a previous version.
    """

    change: str
    whole: str
    reading: Reading
    difference: Mapping[str, int | None] | None


class Session:
    """One spec that is watched: its last good network, and what the page shows now.

    Args:
        path: the file that was asked for.
        read: reads the spec with the user's settings.
    """

    def __init__(self, path: Path, read: Callable[[], LoadedSpec]) -> None:
        self.watched = Watched((path,), lacks_file=False)
        self._path = path
        self._read = read
        self._good: LoadedSpec | None = None
        self._good_at = ""
        self._texts: tuple[str, ...] = ()
        self._shown: Data = {"name": sanitize(path.name), "source": source_text(str(path))}
        self._is_good = False

    def look(self) -> Reading:
        """Read the spec, and find what `specbuild check` finds."""
        try:
            network = self._read()
        except SpecError as error:
            return Reading(None, error.findings)
        found = (*broken_contracts(network), *exceeded_budgets(network), *advice(network))
        return Reading(network, found)

    def accept(self, reading: Reading) -> Update | None:
        """Make a reading the current state; None if nothing has changed."""
        self.watched = self._to_watch(reading)
        network = reading.network
        if network is None:
            return self._broken(reading)
        texts = tuple(_text(document) for document in network.spec.files)
        if self._is_good and texts == self._texts:
            return None
        found = None if self._good is None else compare(self._good, network)
        difference = None if found is None else _difference(found)
        shown = payload(network)
        shown["findings"] = findings_data(reading.findings, places(reading.findings, network))
        if found is not None and difference is not None:
            against = f"the save of {self._good_at}"
            shown["difference"] = {"against": against, "removed": len(found.removed), **difference}
            shown["changed"] = _changed(found)
        self._good, self._good_at, self._texts = network, time.strftime("%H:%M:%S"), texts
        self._shown, self._is_good = shown, True
        text = _json(shown)
        return Update(text, text, reading, difference)

    def _broken(self, reading: Reading) -> Update | None:
        """Keep the last good picture, with the findings over it."""
        known = {} if self._good is None else places(reading.findings, self._good)
        found = findings_data(reading.findings, known)
        if not self._is_good and self._shown.get("findings") == found:
            return None
        self._shown, self._is_good = {**self._shown, "findings": found}, False
        return Update(_json({"findings": found}), _json(self._shown), reading, None)

    def _to_watch(self, reading: Reading) -> Watched:
        """The files that were read; if that failed, also those that findings name."""
        if reading.network is not None:
            files = [document.span.source.path for document in reading.network.spec.files]
        else:
            labels = [
                label
                for finding in reading.findings
                for label in (finding.primary, *finding.labels)
            ]
            files = [*self.watched.paths, *(label.span.source.path for label in labels)]
        paths = dict.fromkeys((self._path, *(path for path in files if path is not None)))
        lacks = any(found.code in _LACKS for found in reading.findings)
        return Watched(tuple(paths), lacks)


def _text(document: Any) -> str:
    return document.span.source.text or ""


def _changed(difference: Difference) -> dict[str, str]:
    """What is new in a layer, in words, by path; a shape that follows from others is not."""
    words = {layer.path: "new" for layer in difference.added}
    for layer in difference.changed:
        changes = [change_text(change) for change in layer.attributes]
        if layer.inputs is not None:
            changes.append("reads other layers")
        if changes:
            words[layer.new_path] = sanitize(", ".join(changes))
    return words


def _difference(difference: Difference) -> dict[str, int | None]:
    """What the new version adds; None where a size is open."""
    before, after = difference.total.old, difference.total.new
    assert before is not None
    assert after is not None
    return {key: _added(before, after, name) for key, name in _COMPARED.items()}


def _added(before: Figures, after: Figures, name: str) -> int | None:
    old, new = getattr(before, name), getattr(after, name)
    return None if old is None or new is None else new - old


def _json(data: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(data, separators=(",", ":"), allow_nan=False)
