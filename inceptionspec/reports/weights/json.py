"""A file of weights as JSON: `inceptionspec.weights/1`, keys sorted.

=============  ==============================================================================
``format``,    what kind of file it is; how many arrays it has and numbers in them
``arrays``,
``params``
``types``      arrays by type
``groups``     arrays by the first element of their names
``averages``   how many arrays are moving averages
``fits``       built-in specs, the best first: ``spec``, ``scheme``, ``found`` and ``needed``
               weights, ``words``, ``options``, ``left_over`` arrays, ``fits``, ``is_own``
``match``      with one network: ``network``, ``scheme``, ``fronts``, ``matched`` (``path``,
               ``weight``, ``sources``, ``rule``, ``conversions``), ``fresh`` (``path``,
               ``weight``, ``why``), ``left_out``, ``left_over`` by kind, ``notes``, ``caveats``
``transfer``   where the file is of a base of that network, which ``match`` is then with:
               ``base``, ``layers`` (``path``, ``base``, ``status``, ``exact``, ``steps``),
               ``removed`` layers of the base, ``outputs`` by whether they are the base's
=============  ==============================================================================

``fits`` and ``match`` exclude each other.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

from inceptionspec.weights.fits import Content, Fit
from inceptionspec.weights.report import MatchReport
from inceptionspec.weights.transfer import Transferred

SCHEMA = "inceptionspec.weights/1"


def to_json(
    file: str,
    content: Content,
    found: Sequence[Fit] | None = None,
    report: MatchReport | None = None,
    transferred: Transferred | None = None,
) -> str:
    """The document as text."""
    data: dict[str, Any] = {"schema": SCHEMA, "file": file, **dataclasses.asdict(content)}
    if found is not None:
        data["fits"] = [dataclasses.asdict(fit) for fit in found]
    if report is not None:
        data["match"] = report_data(report)
    if transferred is not None:
        data["transfer"] = transfer_data(transferred)
    return json.dumps(data, indent=2, sort_keys=True) + "\n"


def report_data(report: MatchReport) -> dict[str, Any]:
    """A match as plain data."""
    return {
        "network": report.network,
        "scheme": report.scheme,
        "fronts": list(report.fronts),
        "matched": [match._asdict() for match in report.matched],
        "fresh": [fresh._asdict() for fresh in report.fresh],
        "left_out": list(report.left_out),
        "left_over": {kind: list(names) for kind, names in report.left_over.items()},
        "notes": list(report.notes),
        "caveats": list(report.caveats),
    }


def transfer_data(found: Transferred) -> dict[str, Any]:
    """What became of each layer as plain data."""
    return {
        "base": found.base,
        "layers": [
            {
                "path": layer.path,
                "base": layer.base,
                "status": layer.status,
                "exact": layer.exact,
                "steps": [step._asdict() for step in layer.steps],
            }
            for layer in found.layers
        ],
        "removed": list(found.removed),
        "outputs": dict(found.outputs),
    }
