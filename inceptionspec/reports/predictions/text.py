"""Predictions as text of 80 columns: a picture, then its classes."""

from __future__ import annotations

from collections.abc import Iterator

from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.prediction.results import Predictions, Row

WIDTH = 80


def to_text(predictions: Predictions) -> str:
    """Each picture with its likeliest classes, then what they are the mean of."""
    lines = []
    for picture in predictions.pictures:
        lines.append(sanitize(picture.picture))
        lines += [f"  {row.probability:.4f}  {_shown(row)}" for row in picture.rows]
    mean = ", ".join(_mean(predictions)) if lines else ""
    return "".join(f"{line}\n" for line in [*lines, *filter(None, [mean])])


def _shown(row: Row) -> str:
    text = sanitize(row.label) or f"class {row.number}"
    room = WIDTH - 10
    return text if len(text) <= room else f"{text[: room - 3]}..."


def _mean(predictions: Predictions) -> Iterator[str]:
    members, count = len(predictions.members), predictions.crops
    if members > 1:
        yield f"mean of {members} networks"
    if count > 1:
        yield f"{count} crops of each picture"
