"""The one exception: its families, what it says in words, and that it can cross processes."""

from __future__ import annotations

import pickle

import pytest

from inceptionspec.diagnostics import diagnostic
from inceptionspec.diagnostics.codes import CODES, EXIT_MISSING, EXIT_USAGE
from inceptionspec.diagnostics.diagnostic import (
    FAMILIES,
    Diagnostic,
    Label,
    MissingPackageError,
    SpecError,
    finding,
    spec_error,
)
from inceptionspec.diagnostics.source import Source, Span

TEXT = Source("net.yaml", "spec: 1\nname: N\n")
PLACE = Span(TEXT, 2, 7, 2, 8)

OF_CODES = {
    "E0102": "SpecSyntaxError",
    "E0203": "SpecSyntaxError",
    "E0308": "SpecReferenceError",
    "E0402": "ShapeError",
    "E0506": "LimitError",
    "E0603": "ContractError",
    "E0701": "WeightsError",
    "E0703": "WeightsError",
    "E0704": "MissingPackageError",
    "E0705": "MissingPackageError",
    "E0706": "SpecError",
    "E0805": "UsageError",
}


@pytest.mark.parametrize(("code", "family"), OF_CODES.items())
def test_an_error_is_of_the_family_of_its_findings(code: str, family: str) -> None:
    error = spec_error(code, "something", PLACE)
    assert type(error).__name__ == family
    with pytest.raises(getattr(diagnostic, family)):
        raise error
    assert isinstance(error, SpecError)


def test_every_family_can_be_caught_by_a_code_that_exists() -> None:
    for prefix, family in FAMILIES.items():
        codes = [code for code in CODES if code.startswith(prefix)]
        assert codes, prefix
        assert issubclass(family, SpecError)
        assert family.__doc__


def test_findings_of_two_families_are_of_none() -> None:
    mixed = SpecError([finding("E0402", "a", PLACE), finding("E0203", "b", PLACE)])
    assert type(mixed) is SpecError
    same = SpecError([finding("E0102", "a", PLACE), finding("E0203", "b", PLACE)])
    assert type(same).__name__ == "SpecSyntaxError"
    assert type(SpecError([])) is SpecError


def test_a_missing_package_is_an_import_error_too() -> None:
    error = spec_error("E0704", "the package `keras` is not installed", "keras", "pip install it")
    with pytest.raises(ImportError) as caught:
        raise error
    assert isinstance(caught.value, MissingPackageError)
    assert error.exit_code == EXIT_MISSING
    assert (
        str(error) == "keras: E0704: the package `keras` is not installed\n  help: pip install it"
    )


def test_the_words_hold_place_text_label_and_help() -> None:
    error = spec_error("E0205", "a bad name", PLACE, "choose another", "or none", label="here")
    assert str(error) == (
        "net.yaml:2:7: E0205: a bad name (here)\n  help: choose another\n  help: or none"
    )
    outside = spec_error("E0806", "no such head", "--head Logits")
    assert str(outside) == "--head Logits: E0806: no such head"
    assert outside.exit_code == EXIT_USAGE


def test_many_findings_are_counted_after_five() -> None:
    places = [Span(TEXT, line, 1, line, 2) for line in range(9, 0, -1)]
    error = SpecError([finding("E0402", f"line {place.line}", place) for place in places])
    lines = str(error).splitlines()
    assert lines[0] == "net.yaml:1:1: E0402: line 1"
    assert lines[-2:] == ["net.yaml:5:1: E0402: line 5", "... and 4 more"]


def test_words_carry_nothing_that_a_terminal_acts_on() -> None:
    error = spec_error("E0205", "a \x1b[31mred\x07 name", PLACE)
    assert "\x1b" not in str(error)
    assert "\x07" not in str(error)


@pytest.mark.parametrize("code", ["E0203", "E0402", "E0704", "E0805", "E0706"])
def test_an_error_crosses_processes(code: str) -> None:
    error = SpecError(
        [Diagnostic(code, "m", Label(PLACE, "here"), (Label(PLACE),), ("h",), ("n",))],
        complete=False,
    )
    read = pickle.loads(pickle.dumps(error))
    assert type(read) is type(error)
    assert str(read) == str(error)
    assert not read.complete
    (one,) = read.findings
    assert (one.code, one.helps, one.notes) == (code, ("h",), ("n",))
    assert one.primary.span.source.line(2) == "name: N"


def test_subclasses_keep_their_class() -> None:
    class OwnError(SpecError):
        pass

    assert type(OwnError([finding("E0402", "a", PLACE)])) is OwnError
