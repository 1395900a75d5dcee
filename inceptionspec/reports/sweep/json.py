"""The result of `specbuild sweep` as JSON: `inceptionspec.sweep/1`.

==============  =============================================================================
``bases``       the networks that were varied: ``name``, ``spec``, ``network`` and ``document``
                (digests), ``figures``
``knobs``       what was varied: ``name``, ``kind``, ``values``
``method``,     how variants were chosen, by which seed, and what they had to keep to
``seed``,
``where``
``objectives``  what the front is made by
``counts``      ``space``, ``tried``, ``rows``, ``repeated``, ``excluded``, ``refused``, and the
                ``codes`` of those that do not link
``front``       numbers of variants, in the order of the first objective
``variants``    all that were tried, a line each: ``number``, ``values`` and ``status``; with
                ``figures``, digests, and the number of the one that it ``repeats``; or with the
                ``refusal``: ``code``, ``message``, ``place``, ``line``
==============  =============================================================================

Figures are those of ``specbuild summary``, all heads counted: ``params``, ``trainable_params``,
``macs``, ``flops``, ``memory`` (bytes) and ``field`` (height and width in pixels).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from inceptionspec.reports.sweep.csv import status_of
from inceptionspec.sweep.records import Swept, Variant


def json_lines(swept: Swept) -> Iterator[str]:
    """The document, a line at a time: a sweep may be longer than memory."""
    heading = {
        "schema": "inceptionspec.sweep/1",
        "bases": [asdict(base) for base in swept.bases],
        "knobs": [
            {"name": knob.name, "kind": knob.kind, "values": knob.values} for knob in swept.knobs
        ],
        "method": swept.method,
        "seed": swept.seed,
        "where": swept.where,
        "objectives": list(map(str, swept.objectives)),
        "counts": asdict(swept.counts),
        "front": [variant.number for variant in swept.front],
    }
    yield json.dumps(heading, indent=2)[: -len("\n}")] + ',\n  "variants": ['
    separator = "\n"
    for variant in swept.variants:
        yield separator + "    " + json.dumps(_data(variant))
        separator = ",\n"
    yield "\n  ]\n}\n"


def _data(variant: Variant) -> dict[str, Any]:
    data: dict[str, Any] = {
        "number": variant.number,
        "values": dict(variant.values),
        "status": status_of(variant),
    }
    if variant.figures is not None:
        data["figures"] = asdict(variant.figures)
    for key in ("network", "document", "repeats", "predicted", "measured"):
        value = getattr(variant, key)
        if value is not None:
            data[key] = value
    if variant.refusal is not None:
        data["refusal"] = asdict(variant.refusal)
    return data
