"""Findings in each format: exact words, and nothing that acts on whatever reads them."""

from __future__ import annotations

import json

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.reports.findings.concise import concise
from inceptionspec.reports.findings.formats import DATA, FORMATS, TEXTS
from inceptionspec.reports.findings.full import full
from inceptionspec.reports.findings.github import github
from inceptionspec.reports.findings.json import to_json
from inceptionspec.utils.ansi import colored, plain

SOURCE = Source("my/v3.yaml", "spec: 1\nnetwork:\n  - {op: conv, fliters: 64}\n")
FINDING = Diagnostic(
    "E0203",
    "unknown attribute `fliters` of `conv`",
    Label(Span(SOURCE, 3, 15, 3, 22), "not an attribute of `conv`"),
    helps=("did you mean `filters`?",),
    notes=("`conv` needs `filters` and `kernel`",),
)
WARNING = Diagnostic("W0102", "the block `b` is never called", Label(Span(SOURCE, 2, 1, 3, 4)))
OPTION = Diagnostic("E0806", "no argument `clases`", Label(Source("--set clases=10").whole()))
EVIL = "a\x1b[31m%0A::error::b\r\n::stop-commands::c,d:e\u202e"


def test_every_format_stands_in_the_table() -> None:
    assert FORMATS == ("full", "concise", "json", "github")
    for name, text in TEXTS.items():
        assert text([FINDING], (), plain), name
    for name, data in DATA.items():
        assert data([FINDING], ()), name


def test_concise_is_a_line_each() -> None:
    assert concise([FINDING, WARNING, OPTION], ["a note"]) == (
        "my/v3.yaml:3:15: E0203 unknown attribute `fliters` of `conv`\n"
        "my/v3.yaml:2:1: W0102 the block `b` is never called\n"
        "--set clases=10: E0806 no argument `clases`\n"
        "note: a note\n"
    )


def test_texts_stop_at_twenty_and_data_does_not() -> None:
    many = [FINDING] * 23
    rest = "... and 3 more; `--format json` shows all of them\n"
    assert concise(many).endswith(f"`conv`\n{rest}")
    assert concise(many).count("E0203") == 20
    assert full(many).endswith(rest)
    assert full(many).count("error[E0203]") == 20
    assert github(many).count("::error ") == 23
    assert len(json.loads(to_json(many))["findings"]) == 23


def test_concise_is_colored_where_it_is_asked_to_be() -> None:
    assert concise([FINDING], (), colored).startswith(
        "\x1b[1;34mmy/v3.yaml:3:15\x1b[0m: \x1b[1;31mE0203\x1b[0m unknown"
    )


def test_github_gives_commands_with_helps_and_notes() -> None:
    assert github([FINDING, WARNING, OPTION], ["a note"]) == (
        "::error file=my/v3.yaml,line=3,col=15,endColumn=22,title=E0203::"
        "unknown attribute `fliters` of `conv`"
        "%0Ahelp: did you mean `filters`?%0Anote: `conv` needs `filters` and `kernel`\n"
        "::warning file=my/v3.yaml,line=2,col=1,title=W0102::the block `b` is never called\n"
        "::error title=E0806::--set clases=10: no argument `clases`\n"
        "::notice::a note\n"
    )


def test_github_escapes_what_would_end_a_property_or_a_command() -> None:
    source = Source("50%,a:b\nc.yaml", "x: 1\n")
    finding = Diagnostic("E0202", EVIL, Label(Span(source, 1, 1, 1, 2)), helps=(EVIL,))
    shown = github([finding], [EVIL])
    inert = "a\\u001b[31m%250A::error::b\\u000d\\u000a::stop-commands::c,d:e\\u202e"
    assert shown == (
        "::error file=50%25%2Ca%3Ab%0Ac.yaml,line=1,col=1,endColumn=2,title=E0202::"
        f"{inert}%0Ahelp: {inert}\n::notice::{inert}\n"
    )


def test_hostile_text_stays_on_its_line() -> None:
    source = Source("e\nvil\x1b.yaml", "x: 1\n")
    finding = Diagnostic("E0202", EVIL, Label(Span(source, 1, 1, 1, 2)))
    shown = concise([finding], [EVIL])
    assert len(shown.split("\n")) == 3
    assert not {"\x1b", "\r", "\u202e"} & set(shown)
    assert shown.startswith("e\\u000avil\\u001b.yaml:1:1: E0202 a\\u001b[31m")
