"""A sweep to the payload of its interactive page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from inceptionspec.analysis.diff.compare import compare
from inceptionspec.analysis.diff.difference import Difference
from inceptionspec.drawing.plot.label_places import spread_order
from inceptionspec.reports.diff.rows import Item, cost_tables, sections
from inceptionspec.reports.summary.rows import CONVENTION_LINES
from inceptionspec.reports.sweep.quantities import (
    base_figure,
    headline,
    quantity_of,
    shown_figures,
    subtitles,
)
from inceptionspec.sweep.bases import OpenBase
from inceptionspec.sweep.front_specs import FrontWriter
from inceptionspec.sweep.records import FIGURES, Swept, Variant

MOST_ROWS = 20_000
"""A page with more rows is slow to open."""
MOST_DETAILS = 100
"""Differences that the page holds: each takes some 60 ms to find."""
MOST_DETAIL_BYTES = 2 << 20
"""What the differences of the front may take in the page, in total."""


def payload(swept: Swept, bases: Sequence[OpenBase], writer: FrontWriter) -> dict[str, Any]:
    """What the page shows, as ``inceptionspec.drawing.sweep_page`` describes it.

    Args:
        swept: the sweep.
        bases: what its variants start from; each is compared with the network that it is of.
        writer: writes its variants as specs.
    """
    rows, omitted = _rows(swept)
    across, upward, color = shown_figures(swept)
    names = [name for name in FIGURES if any(row.figure(name) is not None for row in rows)]
    numbers = {name: number for number, name in enumerate(names)}
    x, y = numbers.get(across, 0), numbers.get(upward, min(1, len(names) - 1))
    quantities = [quantity_of(name, swept.objectives) for name in names]
    places = [{value: at for at, value in enumerate(knob.values)} for knob in swept.knobs]
    front = swept.on_front
    base = swept.bases[0]
    return {
        "schema": "inceptionspec.sweep_page/1",
        "name": headline(swept),
        "title": headline(swept),
        "lines": list(subtitles(swept)),
        "convention": " ".join(CONVENTION_LINES),
        "figures": [
            {"id": name, **quantity._asdict()}
            for name, quantity in zip(names, quantities, strict=True)
        ],
        "knobs": [{"name": knob.name, "values": list(knob.values)} for knob in swept.knobs],
        "axes": {"x": x, "y": y, "z": -1 if color is None else numbers.get(color, -1)},
        "line": f"{x},{y}" if len(swept.objectives) == 2 else "",
        "base": {"name": base.name, "figures": [base_figure(base, name) for name in names]},
        "rows": {
            "number": [row.number for row in rows],
            "knobs": [
                [place[row.values[knob.name]] for row in rows]
                for knob, place in zip(swept.knobs, places, strict=True)
            ],
            "figures": [[row.figure(name) for row in rows] for name in names],
            "front": [at for at, row in enumerate(rows) if row.number in front],
        },
        "omitted": omitted,
        "details": dict(_details(swept, bases, writer)),
    }


def _rows(swept: Swept) -> tuple[list[Variant], int]:
    """The rows of the page, and how many are left out: of too many, every second, third, ..."""
    every = -(-swept.counts.rows // MOST_ROWS) or 1
    front = swept.on_front
    rows: list[Variant] = []
    seen = 0
    for variant in swept.variants:
        if not variant.is_row:
            continue
        if seen % every == 0 or variant.number in front:
            rows.append(variant)
        seen += 1
    # What was measured is known of the front alone.
    measured = {variant.number: variant for variant in swept.front}
    return [measured.get(row.number, row) for row in rows], seen - len(rows)


def _details(
    swept: Swept, bases: Sequence[OpenBase], writer: FrontWriter
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is shown of each variant on the front, as far as there is room."""
    room = MOST_DETAIL_BYTES
    specs = writer.specs(swept.front).specs
    for number in spread_order(len(specs))[:MOST_DETAILS]:
        spec = specs[number]
        base = bases[writer.base_of(spec.variant)].loaded
        difference = difference_data(compare(base, writer.load(spec)))
        found = {"file": spec.file, "text": spec.text, "difference": difference}
        room -= len(json.dumps(found))
        if room < 0:
            return
        yield str(spec.variant.number), found


def difference_data(difference: Difference) -> dict[str, Any]:
    """The sections and the tables of a difference, as ``specbuild diff`` prints them."""
    return {
        "sections": [
            {
                "title": section.title,
                "items": [_item(item) for item in section.items],
                "more": section.more,
            }
            for section in sections(difference)
        ],
        "tables": [
            {
                "title": table.title,
                "columns": [column.title for column in table.columns],
                "rows": [list(row) for row in table.rows],
            }
            for table in cost_tables(difference)
        ],
    }


def _item(item: Item) -> dict[str, str]:
    lead = item.subject or "".join(item.paths)
    where = ""
    if item.subject and item.paths:
        more = f" and {item.more:,} more" if item.more else ""
        where = f"{'all but' if item.but else 'in'} {', '.join(item.paths)}{more}"
    return {"lead": lead, "facts": ", ".join(item.facts), "where": where}
