"""What a finished run left: its network, its weights, its classes, and where its data was."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize, short_path
from inceptionspec.diagnostics.source import Span
from inceptionspec.export.labels import read_labels
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.reading.spec_files import open_spec
from inceptionspec.training.run import read_manifest, run_folders
from inceptionspec.training.run_files import LABELS, MANIFEST, SPEC, WEIGHTS


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that wrote its weights.

    Attributes:
        folder: where it is.
        labels: the names of its classes.
        data: where its data was.
        data_digest: SHA-256 of it.
        validation: the share that validated where the data did not say.
        crops: of each picture, as its recipe has it evaluated.
    """

    folder: Path
    labels: tuple[str, ...]
    data: str
    data_digest: str
    validation: float
    crops: int = 1

    @property
    def weights(self) -> str:
        """The file of its weights."""
        return str(self.folder / WEIGHTS)

    @property
    def files(self) -> tuple[Path, ...]:
        """What of its folder is read."""
        return tuple(self.folder / name for name in (MANIFEST, SPEC, LABELS, WEIGHTS))

    def load(self) -> LoadedSpec:
        """The network that it trained."""
        return load_spec(open_spec(str(self.folder / SPEC)))


def finished_runs(folder: str, place: Span) -> list[FinishedRun]:
    """The run of a folder, or the members of an ensemble in it; none where it is no run.

    Raises:
        SpecError: a run is not finished (E0917), or a file of it cannot be read (E0802).
    """
    return [_finished(path, place) for path in run_folders(folder)]


def stated_crops(runs: Sequence[FinishedRun]) -> int:
    """How many crops of each picture count: as all recipes have it, or one."""
    stated = {run.crops for run in runs}
    return stated.pop() if len(stated) == 1 else 1


def _finished(path: Path, place: Span) -> FinishedRun:
    manifest: dict[str, Any] = read_manifest(path, place)
    if not os.path.isfile(path / WEIGHTS):
        shown = sanitize(short_path(str(path)))
        raise spec_error(
            "E0917",
            f"`{shown}` has no weights yet: the run is not finished",
            place,
            f"`specbuild train --resume {shown}` goes on with it",
        )
    settings = manifest["settings"]
    return FinishedRun(
        path,
        read_labels(str(path / LABELS), place),
        str(settings["data"]),
        str(manifest["digests"].get("data")),
        float(settings.get("validation", 0.0)),
        int(manifest.get("crops", 1)),
    )
