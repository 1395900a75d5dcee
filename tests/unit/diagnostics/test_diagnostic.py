"""Findings as data, their table of codes, and their text."""

from __future__ import annotations

import re

from support import ROOT

from inceptionspec.diagnostics.codes import CODES
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError, in_file_order
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.reports.findings.full import full
from inceptionspec.utils.ansi import colored


def at(source: Source, line: int, column: int, end: int, text: str = "") -> Label:
    return Label(Span(source, line, column, line, end), text)


def test_every_code_is_used_and_known() -> None:
    used: set[str] = set()
    for path in (ROOT / "inceptionspec").rglob("*.py"):
        if path.name != "diagnostics.py":
            used |= set(re.findall(r'"([EW][0-9]{4})"', path.read_text()))
    assert used == set(CODES)


def test_every_code_is_in_a_known_family_and_has_a_title() -> None:
    for code, row in CODES.items():
        assert re.fullmatch(r"E0[1-9][0-9]{2}|W0[12][0-9]{2}", code)
        assert row.title[0].islower() or row.title.startswith("YAML")
        assert not row.title.endswith(".")


def test_the_gravest_code_decides_how_a_command_ends() -> None:
    place = Source("x").whole()
    assert SpecError([Diagnostic("E0203", "a", Label(place))]).exit_code == 1
    both = [Diagnostic(code, "a", Label(place)) for code in ("E0203", "E0704")]
    assert SpecError(both).exit_code == 3


def test_findings_come_in_file_order_and_once() -> None:
    a, b = Source("a", "x\ny\n"), Source("b", "z\n")
    late = Diagnostic("E0203", "late", at(a, 2, 1, 2))
    early = Diagnostic("E0203", "early", at(a, 1, 1, 2))
    other = Diagnostic("E0203", "other", at(b, 1, 1, 2))
    again = Diagnostic("E0203", "late", at(a, 2, 1, 2), labels=(at(b, 1, 1, 2),))
    assert in_file_order([late, other, early, again]) == (early, late, other)


def test_suggestions_and_lists() -> None:
    assert did_you_mean("fliters", ["filters", "kernel"]) == ("did you mean `filters`?",)
    assert did_you_mean("zzz", ["filters"]) == ()
    assert listed(["a"]) == "`a`"
    assert listed(["a", "b", "c"], "or") == "`a`, `b` or `c`"


def test_text_with_two_files_helps_and_notes() -> None:
    one = Source("mine.yaml", "spec: 1\nextends: base.yaml\n")
    two = Source("base.yaml", "spec: 1\n" + "\n" * 98 + "  - {op: cnov}\n")
    finding = Diagnostic(
        "E0206", "unknown operator `cnov`", at(two, 100, 10, 14, "not an operator"),
        (at(one, 2, 10, 19, "extended here"),), ("did you mean `conv`?",), ("a note",),
    )  # fmt: skip
    assert full([finding]) == (
        "error[E0206]: unknown operator `cnov`\n"
        "   --> base.yaml:100:10\n"
        "    |\n"
        "100 |   - {op: cnov}\n"
        "    |          ^^^^ not an operator\n"
        "   ::: mine.yaml:2:10\n"
        "    |\n"
        "  2 | extends: base.yaml\n"
        "    |          --------- extended here\n"
        "    |\n"
        "    = help: did you mean `conv`?\n"
        "    = note: a note\n"
    )


def test_a_finding_about_an_option_quotes_nothing() -> None:
    finding = Diagnostic("E0806", "no argument `clases`", Label(Source("--set clases=1").whole()))
    assert full([finding]) == "error[E0806]: no argument `clases`\n  --> --set clases=1\n"


def test_text_of_a_user_cannot_act_on_a_terminal() -> None:
    source = Source("a\x1b[31m.yaml", "x: \x1b]0;title\x07\u202e\n")
    shown = full([Diagnostic("E0202", "bad \x1b[2J key", at(source, 1, 1, 2))])
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert "\\u001b[2J" in shown


def test_a_very_long_line_is_cut_around_its_place() -> None:
    source = Source("a", "x" * 5000 + "HERE" + "y" * 5000)
    shown = full([Diagnostic("E0202", "m", at(source, 1, 5001, 5005, "this"))])
    assert max(map(len, shown.splitlines())) < 200
    assert "HERE" in shown


def test_color_marks_level_and_place() -> None:
    source = Source("a", "x: 1\n")
    shown = full([Diagnostic("E0202", "m", at(source, 1, 1, 2, "this"))], paint=colored)
    assert shown.startswith("\x1b[1;31merror[E0202]\x1b[0m: ")
