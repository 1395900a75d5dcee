"""A folder for each class: ``cats/1.jpg`` is a cat."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize, short_path, shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.pictures.reading import SUFFIXES, PictureRef
from inceptionspec.training.data.examples import pixels

_END = 4096
"""Of a file, as many bytes at each end tell whether it changed."""


class FolderExamples:
    """The pictures in the folders of some classes."""

    def __init__(self, folder: Path, files: Sequence[str], labels: Any) -> None:
        self.source = str(folder)
        self.labels = labels
        self._folder = folder
        self._files = files

    def name(self, index: int) -> str:
        """The path within the folder."""
        return self._files[index]

    def picture(self, index: int) -> Any:
        """A picture as red, green and blue."""
        return pixels(PictureRef(self._files[index], str(self._folder / self._files[index])))

    def fingerprint(self) -> bytes:
        """Name, label, size and both ends of every file."""
        lines = []
        for file, label in zip(self._files, self.labels, strict=True):
            try:
                with open(self._folder / file, "rb") as stream:
                    size = os.fstat(stream.fileno()).st_size
                    ends = stream.read(_END)
                    stream.seek(max(size - _END, 0))
                    ends += stream.read(_END)
            except OSError:
                size, ends = -1, b""
            lines.append(f"{file}\0{label}\0{size}\0".encode("utf-8", "surrogateescape") + ends)
        return b"\n".join(lines)


def class_folders(folder: Path, place: Span) -> list[str]:
    """The names of the classes: the folders inside, in alphabetical order.

    Raises:
        SpecError: there are fewer than two (E0911).
    """
    names = sorted(
        entry.name
        for entry in os.scandir(folder)
        if entry.is_dir() and not entry.name.startswith(".")
    )
    shown = sanitize(short_path(str(folder)))
    if len(names) < 2:
        has = f"has one class, `{sanitize(names[0])}`" if names else "has no folders of classes"
        raise spec_error(
            "E0911",
            f"`{shown}` {has}",
            place,
            "put the pictures of each class into a folder of its own: "
            f"`{shown}/cat/1.jpg`, `{shown}/dog/1.jpg`",
        )
    return names


def folder_examples(folder: Path, classes: Sequence[str], place: Span) -> FolderExamples:
    """The pictures of each class, classes in order, files in alphabetical order.

    Args:
        folder: has a folder for each class.
        classes: the names of all classes.
        place: where findings point.

    Raises:
        SpecError: a folder is no class, or a class has no pictures (E0911).
    """
    files: list[str] = []
    labels: list[int] = []
    number = {name: index for index, name in enumerate(classes)}
    shown = sanitize(short_path(str(folder)))
    for name in class_folders(folder, place):
        if name not in number:
            raise spec_error(
                "E0911",
                f"`{shown}` has the class `{sanitize(shortened(name, 80))}`, which is not trained",
                place,
                *did_you_mean(name, classes),
                f"the classes are {listed([sanitize(one) for one in classes[:8]])}"
                f"{' and others' if len(classes) > 8 else ''}: rename the folder, or take it away",
            )
        found = sorted(_pictures_in(folder / name))
        files += [f"{name}/{file}" for file in found]
        labels += [number[name]] * len(found)
    empty = [name for name in classes if number[name] not in set(labels)]
    if empty:
        names = listed([sanitize(shortened(name, 40)) for name in empty[:5]])
        more = f" and {len(empty) - 5} more" if len(empty) > 5 else ""
        raise spec_error(
            "E0911",
            f"`{shown}` has no pictures of {names}{more}",
            place,
            f"a picture is a file that ends in {listed(list(SUFFIXES), 'or')}: add some, "
            "or delete the empty folder",
        )
    return FolderExamples(folder, files, np.asarray(labels, "int64"))


def _pictures_in(folder: Path) -> list[str]:
    """The pictures in a folder and the folders inside, as paths within it. Links are followed."""
    found = []
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        within = os.path.relpath(root, folder)
        for file in files:
            if not file.startswith(".") and file.lower().endswith(SUFFIXES):
                found.append(
                    file if within == os.curdir else f"{within}/{file}".replace(os.sep, "/")
                )
    return found
