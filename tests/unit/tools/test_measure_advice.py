"""The measure of advice: its edits, and its bounds on a few mutations."""

from __future__ import annotations

import random

from support import script

from inceptionspec.diagnostics.diagnostic import Edit
from inceptionspec.diagnostics.source import Source, Span

measure_advice = script("measure_advice")


def test_edits_are_carried_out_from_the_last_to_the_first() -> None:
    source = Source("<text>", "a: 1\nb: 2\n")
    edits = [
        Edit(Span(source, 1, 4, 1, 5), "10"),
        Edit(Span(source, 2, 4, 2, 5), "20"),
        Edit(Span(source, 1, 1, 1, 1), "x: 0, "),
    ]
    assert measure_advice.edited(source.text, edits) == "x: 0, a: 10\nb: 20\n"


def test_the_bounds_hold_on_a_few_mutations() -> None:
    chance = random.Random(7)
    counts = {"found": 0, "blamed": 0, "advised": 0, "mended": 0}
    while counts["found"] < 25:
        mutation = measure_advice.mutated(chance.choice(["inception_v3", "resnet50"]), chance)
        if mutation is not None:
            for verdict in measure_advice.judged(mutation, False):
                counts[verdict] += 1
    assert counts["blamed"] >= 0.9 * counts["found"]
    assert counts["mended"] >= 0.9 * counts["advised"] > 0
