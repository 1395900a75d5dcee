"""Budgets in a file of their own."""

from __future__ import annotations

import dataclasses

import pytest
from support import loaded, spec

from inceptionspec.checks.budget_file import Budgets, names_of, read_budgets
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.frontend.reading.spec_files import open_file
from inceptionspec.reports.findings.full import full

NETWORK = spec("- {op: conv, name: c, kernel: 1, filters: 4}")
"""It has 16 parameters and 3,072 MACs."""


def named(path: str, text: str = NETWORK) -> LoadedSpec:
    found = loaded(text)
    return dataclasses.replace(found, source=Source(path, text))


def budgets(specs: str) -> Budgets:
    return read_budgets(Source("budgets.yaml", f"budgets: 1\nspecs:\n{specs}\n"))


def codes(text: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        read_budgets(Source("budgets.yaml", text))
    return [one.code for one in caught.value.findings]


def test_a_pattern_matches_file_path_or_network() -> None:
    assert names_of(named("nets/mine.yaml")) == ("mine", "nets/mine.yaml", "mine.yaml", "t")
    for pattern in ("mine", "nets/*", "m*.yaml", "t", '"*"'):
        checked = budgets(f"  {pattern}: {{macs: <= 3071}}").check(named("nets/mine.yaml"))
        assert [one.code for one in checked.findings] == ["E0603"], pattern
    assert not budgets("  mine: {macs: <= 3072}").check(named("mine.yaml")).findings


def test_every_budget_that_matches_counts_and_says_by_how_much() -> None:
    found = budgets("  m*: {params: <= 10}\n  mine: {macs: <= 3e3, flops: <= 1e9}")
    printed = full(found.check(named("mine.yaml")).findings)
    assert "--> budgets.yaml:3:16\n" in printed
    assert "`t` has 16, 6 more" in printed
    assert "`t` has 3,072, 72 more" in printed


def test_a_spec_without_a_budget_is_a_finding_with_the_closest_name() -> None:
    (found,) = budgets("  mime: {macs: <= 1}").check(named("mine.yaml")).findings
    assert found.code == "E0947"
    assert found.primary.span.line == 3
    assert found.helps[0] == "did you mean `mine` where it says `mime`?"


def test_budgets_for_other_specs_are_noted() -> None:
    found = budgets('  mine: {macs: <= 1e9}\n  other: {macs: <= 1}\n  "x*": {macs: <= 1}')
    found.check(named("mine.yaml"))
    assert found.unmatched() == ("budgets.yaml has budgets for other specs: `other` and `x*`",)
    found.check(named("other.yaml"))
    found.check(named("xy.yaml"))
    assert not found.unmatched()


def test_what_is_open_is_noted_and_the_rest_is_tested() -> None:
    open_size = named("mine.yaml", NETWORK.replace("16x16", "any"))
    checked = budgets("  mine: {macs: <= 1, params: <= 1}").check(open_size)
    assert [one.code for one in checked.findings] == ["E0603"]
    assert "budget of `macs` for `t` is not tested" in checked.notes[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("spec: 1\n", ["E0204"]),
        ("budgets: 2\nspecs: {a: {macs: <= 1}}\n", ["E0207"]),
        ("budgets: 1\n", ["E0204"]),
        ("budgets: 1\nspecs: {}\n", ["E0205"]),
        ("budgets: 1\nspecs: {a: {}}\n", ["E0205"]),
        ("budgets: 1\nspecs: [a]\n", ["E0201"]),
        ("budgets: 1\nspecs: {a: {mac: <= 1, macs: 5}}\n", ["E0202", "E0205"]),
        ("budgets: 1\nspecs: {a: 5}\nmore: 1\n", ["E0201", "E0202"]),
    ],
)
def test_it_is_checked_as_a_spec_is(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize("text", ["", "# nothing\n", "[1, 2]\n"])
def test_what_is_no_mapping_is_told_how_budgets_start(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_budgets(Source("budgets.yaml", text))
    said = full(caught.value.findings)
    assert "a file of budgets" in said
    assert "`budgets: 1`" in said
    assert "spec: 1" not in said


def test_a_file_without_a_name_is_not_the_current_folder() -> None:
    with pytest.raises(SpecError, match="the name of the file is empty"):
        open_file("", noun="budget")
