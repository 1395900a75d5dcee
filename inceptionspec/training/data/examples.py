"""Labeled pictures, whatever holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.pictures.reading import PictureRef, read_picture


class BadPictureError(Exception):
    """A picture cannot be used. The message says why."""


class Examples(Protocol):
    """Pictures with their labels, in a fixed order."""

    @property
    def labels(self) -> Any:
        """The class of each picture: int64, as many as there are pictures."""

    @property
    def source(self) -> str:
        """What holds them, to show: a folder, a file."""

    def name(self, index: int) -> str:
        """What a picture is called, to show."""

    def picture(self, index: int) -> Any:
        """A picture: uint8, height x width x channels.

        Raises:
            BadPictureError: it cannot be used.
        """

    def fingerprint(self) -> bytes:
        """Bytes that change when a picture or a label does."""


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """What a network is trained on and tested with.

    Attributes:
        classes: the names of the classes, in the order of their numbers.
        train: what it is trained on.
        validation: what it is tested with; None where there is nothing.
        digest: SHA-256 of all pictures' names, sizes and labels.
        notes: what was left out, in sentences.
    """

    classes: tuple[str, ...]
    train: Examples
    validation: Examples | None
    digest: str
    notes: tuple[str, ...] = ()


def pixels(picture: PictureRef, channels: int = 3) -> Any:
    """The pixels of a picture: uint8, height x width x channels, of which there are 1 or 3.

    Raises:
        BadPictureError: it cannot be read.
    """
    try:
        found = np.asarray(read_picture(picture, channels))
    except SpecError as error:
        message = error.findings[0].message
        raise BadPictureError(message.rpartition(" cannot be read: ")[2]) from None
    return found if found.ndim == 3 else found[..., None]
