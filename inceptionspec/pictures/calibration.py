"""Pictures that show what a network computes: a few of a folder, as its inputs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.pictures.preprocess import central_box, resized, scaled
from inceptionspec.pictures.reading import PictureRef, find_pictures, read_picture
from inceptionspec.pictures.stated import stated_steps

#: A NumPy array.
Array = Any
MOST = 32
"""Of more pictures so many are taken, evenly over their names: more hardly widen a range."""
OPEN_SIDE = 299
"""How long a side is that the network leaves open."""


def calibration_inputs(loaded: LoadedSpec, pictures: Any, place: Span) -> Array:
    """The inputs that some pictures become; what cannot be read is passed over.

    Args:
        loaded: the network, which states its preprocessing.
        pictures: the path of a folder or a picture, a Pillow image, an array of bytes, or several.
        place: what findings show.

    Returns:
        an array, pictures x height x width x channels, float32.

    Raises:
        SpecError: none can be read (E0824), the network does not say how a picture becomes its
            input (E0719), or Pillow is not installed (E0704).
    """
    steps = stated_steps(loaded, place)
    sides = loaded.graph.nodes[0].shape
    size = sides[0] or OPEN_SIDE, sides[1] or OPEN_SIDE
    given = list(pictures) if isinstance(pictures, (list, tuple)) else [pictures]
    found, unread = find_pictures(given)
    reasons = [one.message for one in unread]
    inputs = []
    for picture in _evenly(found):
        try:
            image = read_picture(picture, len(steps.mean))
        except SpecError as error:
            if error.findings[0].code != "E0715":
                raise
            reasons.append(error.findings[0].message)
            continue
        box = central_box(image.width, image.height, steps, size)
        inputs.append(scaled(resized(image, box, size, steps.resize), steps))
    if not inputs:
        raise _none(given, place, reasons)
    return np.stack(inputs).astype(np.float32)


def check_pictures(folder: str, place: Span) -> None:
    """Refuse a folder without pictures before anything is read.

    Raises:
        SpecError: it has none, or there is no such folder (E0824).
    """
    if not os.path.exists(folder):
        raise _none([folder], place, ("there is no such folder",))
    found, unread = find_pictures([folder])
    if not found:
        raise _none([folder], place, [one.message for one in unread])


def _none(given: Sequence[Any], place: Span, reasons: Sequence[str]) -> SpecError:
    named = [one for one in given if isinstance(one, str)]
    where = f" in `{shortened(sanitize(named[0]), 80)}`" if named else ""
    return spec_error(
        "E0824",
        f"there is no picture to calibrate with{where}",
        place,
        "name a folder with pictures as the network will see them: 30 are enough",
        notes=tuple(dict.fromkeys(reasons))[:2],
    )


def _evenly(found: Sequence[PictureRef]) -> Sequence[PictureRef]:
    """At most ``MOST``, evenly chosen."""
    if len(found) <= MOST:
        return found
    return [found[number * len(found) // MOST] for number in range(MOST)]
