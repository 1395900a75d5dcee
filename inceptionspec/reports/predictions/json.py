"""Predictions as JSON: `inceptionspec.predictions/1`, keys sorted.

============  ===================================================================================
``networks``  those whose mean it is: ``name``, ``network`` (its digest), ``weights`` (the file,
              or null), ``engine``, ``precision``
``crops``     how many parts of each picture were shown to each
``pictures``  ``picture``, and ``classes``, the likeliest first: ``class`` (its number),
              ``label`` (null where none is known), ``probability``
``skipped``   pictures that could not be read: ``picture``, ``code``, ``message``
============  ===================================================================================
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from inceptionspec.prediction.results import Predictions, Row

_DIGITS = 7


def to_json(predictions: Predictions) -> str:
    """The document as text."""
    return json.dumps(data(predictions), indent=2, sort_keys=True) + "\n"


def data(predictions: Predictions) -> dict[str, Any]:
    """The document as plain data."""
    return {
        "schema": "inceptionspec.predictions/1",
        "networks": [
            {**member._asdict(), "weights": member.weights or None}
            for member in predictions.members
        ],
        "crops": predictions.crops,
        "pictures": [
            {"picture": one.picture, "classes": [_row(row) for row in one.rows]}
            for one in predictions.pictures
        ],
        "skipped": [
            {"picture": one.primary.span.source.name, "code": one.code, "message": one.message}
            for one in predictions.skipped
        ],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "class": row.number,
        "label": row.label or None,
        "probability": round(row.probability, _DIGITS) if isfinite(row.probability) else None,
    }
