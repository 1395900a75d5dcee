"""An evaluation as JSON: `inceptionspec.evaluation/1`, keys sorted.

================  ================================================================================
``data``          ``shown`` (which pictures of what) and ``digest``
``pictures``      how many were shown
``crops``         how many parts of each
``figures``       ``top_1``, ``top_5`` and ``loss`` (nats), each ``value``, ``low`` and ``high``
                  (a bootstrap interval of 95 %), and ``calibration_error``
``networks``      each by itself: ``name``, ``network`` (its digest), ``weights`` (the file, or
                  null), ``engine``, ``precision`` (what it computed in), ``figures``
``disagreement``  null for one network; ``any``, ``pairs``, and ``gain`` with its interval
``classes``       ``class`` (its number), ``label`` (or null), ``pictures``, ``right``,
                  ``in_top_5``, ``predicted``
``confusion``     ``[class, predicted, pictures]`` for all pairs that occur
``calibration``   bins: ``low``, ``high``, ``pictures``, ``confidence``, ``accuracy``
``skipped``       pictures that could not be read: ``picture``, ``code``, ``message``
``notes``         how classes were matched
================  ================================================================================
"""

from __future__ import annotations

import json
from typing import Any

from inceptionspec.training.evaluation.results import Evaluation, Figures, Interval

_DIGITS = 7


def to_json(found: Evaluation) -> str:
    """The document as text."""
    return json.dumps(data(found), indent=2, sort_keys=True) + "\n"


def data(found: Evaluation) -> dict[str, Any]:
    """The document as plain data."""
    differ = found.disagreement
    return {
        "schema": "inceptionspec.evaluation/1",
        "data": {"shown": found.data, "digest": found.digest},
        "pictures": found.pictures,
        "crops": found.crops,
        "figures": _figures(found.figures),
        "networks": [
            {
                **one.member._asdict(),
                "weights": one.member.weights or None,
                "figures": _figures(one.figures),
            }
            for one in found.members
        ],
        "disagreement": differ
        and {
            "any": round(differ.any, _DIGITS),
            "pairs": round(differ.pairs, _DIGITS),
            "gain": _interval(differ.gain),
        },
        "classes": [
            {
                "class": one.number,
                "label": one.label or None,
                "pictures": one.pictures,
                "right": one.right,
                "in_top_5": one.in_top_5,
                "predicted": one.predicted,
            }
            for one in found.classes
        ],
        "confusion": [
            [shown, predicted, count]
            for shown, row in enumerate(found.confusion)
            for predicted, count in enumerate(row)
            if count
        ],
        "calibration": [
            {key: round(value, _DIGITS) for key, value in one._asdict().items()}
            for one in found.bins
        ],
        "skipped": [
            {"picture": one.primary.span.source.name, "code": one.code, "message": one.message}
            for one in found.skipped
        ],
        "notes": list(found.notes),
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "top_1": _interval(figures.top_1),
        "top_5": _interval(figures.top_5),
        "loss": _interval(figures.loss),
        "calibration_error": round(figures.calibration_error, _DIGITS),
    }


def _interval(one: Interval) -> dict[str, float]:
    return {key: round(value, _DIGITS) for key, value in one._asdict().items()}
