"""Bounds on differences: which are passed, by how much, and what is to blame."""

from __future__ import annotations

import pytest
from support import loaded, spec

from inceptionspec.analysis.diff.bounds import passed_bounds, read_bounds
from inceptionspec.analysis.diff.compare import compare
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError

OLD = spec("- {op: conv, name: a, kernel: 1, filters: 100}", channels=1)
"""MACs: 25,600; parameters: 200; with a bias."""


def passed(new: str, *texts: str, old: str = OLD) -> tuple[Diagnostic, ...]:
    before, after = loaded(old), loaded(new)
    return passed_bounds(read_bounds(texts), compare(before, after), after)


WIDER = OLD.replace("100", "102")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("macs > +1.99%", True),
        ("macs > +2%", False),  # exactly 2 %
        ("macs >= 2%", True),
        ("macs > +511", True),
        ("macs > +512", False),
        ("macs < -1%", False),
        ("params > +1% and macs > +1%", True),
        ("params > +1% and macs > +3%", False),
        ("flops != +0", True),
        ("memory > +1kB", True),
        ("memory > +1MiB", False),
        ("trainable_params > +0", True),
    ],
)
def test_a_bound_is_passed_where_its_condition_holds(condition: str, holds: bool) -> None:
    assert [one.code for one in passed(WIDER, condition)] == ["E0945"] * holds


def test_it_is_said_by_how_much() -> None:
    (more,) = passed(WIDER, "macs > +1%")
    assert more.message == "`macs > +1%`: +512 MACs (+2.00 %), 256 more than +1%"
    (less,) = passed(OLD, "macs < -100", old=WIDER)
    assert less.message == "`macs < -100`: -512 MACs (-1.96 %), 412 less than -100"
    (same,) = passed(OLD, "macs >= 0%")
    assert same.message == "`macs >= 0%`: MACs stay at 25,600"


def test_from_nothing_any_more_passes_every_percentage() -> None:
    old = spec("- {op: max_pool, name: p, kernel: 1}", channels=1)
    (found,) = passed(OLD, "macs > +1000%", old=old)
    assert found.message == "`macs > +1000%`: +25,600 MACs, 25,600 more than +1000%"


def test_the_changed_layer_that_costs_most_is_blamed() -> None:
    two = OLD + "  - {op: conv, name: b, kernel: 3, filters: 8}\n  - {op: relu}\n".replace(
        "op: relu", "op: activation, function: relu"
    )
    (found,) = passed(two.replace("100", "101"), "macs > +1%", old=OLD)
    line = found.primary.span.source.line(found.primary.span.line)
    assert "name: b" in line
    assert found.primary.text == "of what differs, `b` costs most"
    assert found.labels[0].span.source.name == "--fail-on"


def test_a_change_of_the_input_alone_is_blamed_on_the_spec() -> None:
    (found,) = passed(OLD.replace("16x16", "32x32"), "macs > +1%")
    assert found.primary.span.source.line(found.primary.span.line) == "network:"


def test_an_open_figure_cannot_be_compared() -> None:
    with pytest.raises(SpecError) as caught:
        passed(WIDER.replace("16x16", "any"), "params > +90% and macs > +1%")
    assert [one.code for one in caught.value.findings] == ["E0805"]
