"""Names of classes: from a file, a line each, and fitted to a network's classes."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import short_path
from inceptionspec.diagnostics.source import Span
from inceptionspec.utils.read_file import read_regular_file

MOST_BYTES = 16_000_000
IMAGENET = 1000
BACKGROUND = "background"
"""What TF-Slim's networks call the class before the 1000 of ImageNet."""
#: Words for that class in files of 1001 labels.
_BACKGROUNDS = (BACKGROUND, "dummy", "unused background", "none")


def read_labels(file: str, place: Span) -> tuple[str, ...]:
    """The lines of a file of labels; empty lines at its end do not count.

    Raises:
        SpecError: the file cannot be read (E0802), or it holds no labels (E0716).
    """
    try:
        content = read_regular_file(file, MOST_BYTES)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        message = f"`{short_path(file)}` cannot be read: {reason}"
        raise spec_error("E0802", message, place) from None
    try:
        if len(content) > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES:,} bytes")
        lines = [line.strip() for line in content.decode("utf-8-sig").splitlines()]
        while lines and not lines[-1]:
            lines.pop()
        if not lines:
            raise ValueError("it is empty")
        if "\0" in "".join(lines):
            raise ValueError("it is not text")
    except ValueError as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeError) else str(error)
        message = f"`{short_path(file)}` is no file of labels: {reason}"
        raise spec_error("E0716", message, place, "write one label a line, as UTF-8") from None
    return tuple(lines)


def fitted_labels(labels: Sequence[str], classes: int, file: str, place: Span) -> tuple[str, ...]:
    """Labels for all classes of a network.

    The background class, which some networks and files of ImageNet have before the other 1000,
    is added or left out as the network asks.

    Raises:
        SpecError: there are more or fewer of them than classes (E0716).
    """
    if len(labels) == classes:
        return tuple(labels)
    if (len(labels), classes) == (IMAGENET, IMAGENET + 1):
        return (BACKGROUND, *labels)
    if (len(labels), classes) == (IMAGENET + 1, IMAGENET) and labels[0].lower() in _BACKGROUNDS:
        return tuple(labels[1:])
    helps = [f"write one label a line for each of the {classes:,} classes, in their order"]
    if len(labels) == classes + 1 and labels[0].lower() in ("label", "labels", "class", "name"):
        helps.insert(0, "delete the first line, which is a title")
    elif labels[-1] and "" in labels:
        helps.insert(0, "empty lines count: delete those that name no class")
    raise spec_error(
        "E0716",
        f"`{short_path(file)}` has {len(labels):,} labels, and the network {classes:,} classes",
        place,
        *helps,
    )
