"""The whole state of a run as files, each written whole or not at all."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.diagnostics.source import Span
from inceptionspec.utils.atomic_write import write_file

FOLDER = "checkpoints"
BEST = "best.safetensors"
_NAME = re.compile(r"^step-(\d{9})\.safetensors$")
_PROGRESS = "progress"


@dataclass(frozen=True, slots=True)
class State:
    """All that a run needs to go on as if nothing had happened.

    Attributes:
        step: updates that were made.
        arrays: every variable by name: the network's, the optimizer's, the averages', and
            those of generators of random numbers.
        progress: what else the loop keeps, as JSON.
    """

    step: int
    arrays: Mapping[str, Any]
    progress: Mapping[str, Any]


class Checkpoints:
    """The checkpoints of a run: the last few, and the best."""

    def __init__(self, run: Path, kept: int, place: Span) -> None:
        """Say where they are.

        Args:
            run: the run's folder.
            kept: how many of the last are kept.
            place: where findings point.
        """
        self._folder = run / FOLDER
        self._kept = kept
        self._place = place

    def save(self, state: State, *, best: bool = False) -> None:
        """Write a checkpoint, then delete those that are too old.

        Args:
            state: what to keep.
            best: whether it is kept as the best, too.

        Raises:
            SpecError: it cannot be written (E0803). The earlier ones are still there.
        """
        self._folder.mkdir(exist_ok=True)
        content = _to_bytes(state)
        write_file(str(self._folder / f"step-{state.step:09d}.safetensors"), content, self._place)
        if best:
            write_file(str(self._folder / BEST), content, self._place)
        for step in self.steps()[: -self._kept]:
            with suppress(OSError):
                os.unlink(self._path(step))

    def steps(self) -> list[int]:
        """The steps of the checkpoints that are there, in order."""
        if not self._folder.is_dir():
            return []
        found = (_NAME.match(name) for name in os.listdir(self._folder))
        return sorted(int(match[1]) for match in found if match)

    def load_last(self) -> State | None:
        """The last checkpoint; None where there is none.

        Raises:
            SpecError: it cannot be read (E0703).
        """
        steps = self.steps()
        return self._load(self._path(steps[-1])) if steps else None

    def load_best(self) -> State | None:
        """The best checkpoint; None where there is none yet."""
        path = self._folder / BEST
        return self._load(path) if path.exists() else None

    def _path(self, step: int) -> Path:
        return self._folder / f"step-{step:09d}.safetensors"

    def _load(self, path: Path) -> State:
        try:
            return _from_bytes(path.read_bytes())
        except (OSError, ValueError, KeyError) as error:
            raise _unreadable(path, error, self._place) from None


def _to_bytes(state: State) -> bytes:
    with packages("safetensors", extra="training", use="checkpoints are written with it"):
        from safetensors.numpy import save
    arrays = {name: np.asarray(value, order="C") for name, value in state.arrays.items()}
    text = json.dumps({"step": state.step, **state.progress}, sort_keys=True)
    content: bytes = save(arrays, {_PROGRESS: text})
    return content


def _from_bytes(content: bytes) -> State:
    with packages("safetensors", extra="training", use="checkpoints are read with it"):
        from safetensors import SafetensorError
        from safetensors.numpy import load
    try:
        arrays = load(content)
    except SafetensorError as error:
        raise ValueError(str(error)) from None
    size = int.from_bytes(content[:8], "little")
    progress = json.loads(json.loads(content[8 : 8 + size])["__metadata__"][_PROGRESS])
    return State(progress.pop("step"), arrays, progress)


def _unreadable(path: Path, error: Exception, place: Span) -> SpecError:
    reason = (error.strerror or "") if isinstance(error, OSError) else str(error)
    return spec_error(
        "E0703",
        f"the checkpoint `{path}` cannot be read",
        place,
        "delete it: the run then goes on from the one before",
        notes=(reason.lower(),),
    )
