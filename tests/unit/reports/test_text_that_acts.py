"""A user's text in Markdown, CSV and annotations links, mentions and computes nothing."""

from __future__ import annotations

import csv
import io
import re

import pytest
from markdown_it import MarkdownIt
from support import ROOT, loaded

from inceptionspec.analysis.diff.compare import compare
from inceptionspec.analysis.summary import Summary, summarize
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.reports.diff.markdown import to_markdown as difference_markdown
from inceptionspec.reports.findings.github import github
from inceptionspec.reports.markdown import to_markdown
from inceptionspec.reports.summary.csv import cell, to_csv
from inceptionspec.reports.summary.rows import layer_table, network_table

CASE = str(ROOT / "tests/corpus/cases/markdown.yaml")
#: What GitHub makes a link of in the text of a page.
REFERENCE = re.compile(r"@\w|\bGH-\d|#\d", re.IGNORECASE)
#: What Markdown makes a link of in a piece of text, unless an escape cuts it.
ADDRESS = re.compile(
    r"\S@\w|://|\bwww\.|\b[a-z0-9-]+\.(com|org|yaml)\b|\bmailto:\w+@", re.IGNORECASE
)


@pytest.fixture(scope="module")
def summary() -> Summary:
    return summarize(loaded(CASE))


def named(name: str) -> Summary:
    text = f"spec: 1\nname: {name!r}\ninput: {{size: 8x8}}\nnetwork: [{{op: flatten}}]\n"
    return summarize(loaded(text))


def pieces(markdown: str, joined: bool = False) -> list[str]:
    """The text that Markdown shows outside of code, cut at escapes or joined as on a page."""
    parser = MarkdownIt("commonmark").enable("table")
    if not joined:
        parser.disable("text_join")
    found = []
    for block in parser.parse(markdown):
        for token in block.children or ():
            assert token.type not in ("link_open", "image", "html_inline"), token
            if token.type in ("text", "text_special"):
                found.append(token.content)
    assert found
    return found


def live(markdown: str) -> list[str]:
    return [
        *(piece for piece in pieces(markdown) if ADDRESS.search(piece)),
        *(piece for piece in pieces(markdown, joined=True) if REFERENCE.search(piece)),
    ]


def test_nothing_in_a_summary_is_live(summary: Summary) -> None:
    for table in (layer_table(summary), network_table([summary, summary])):
        shown = to_markdown(table)
        assert not live(shown)
        assert "me\\@&#8288;evil\\.com" in shown


def test_nothing_in_a_difference_is_live() -> None:
    shown = difference_markdown(compare(loaded(CASE), loaded("vgg16")), every=True)
    assert not live(shown)


@pytest.mark.parametrize(
    "name",
    ["@octocat", "a@b.org", "see #12", "GH-1", "gh-7", "https://a.org", "WWW.a.org", "x.org/y",
     "ftp://a.org", "mailto:a@b.org", "org/repo#3", "[a](b)", "<b>", "`c`", "&amp;", "|"],
)  # fmt: skip
def test_no_name_is_live(name: str) -> None:
    shown = to_markdown(layer_table(named(name)))
    assert not live(shown)
    assert name in "".join(pieces(shown, joined=True)).replace("\u2060", "")


def test_plain_names_stay_as_they_are() -> None:
    shown = to_markdown(layer_table(summarize(loaded("inception_v3"))))
    assert "| Mixed\\_5b | inception\\_a | 35x35x256 |" in shown
    assert "&#" not in shown


# CSV


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@sum", "'@sum"),
        (";=1+1", ";'=1+1"),
        ("a; =1+1", "a; '=1+1"),
        ("a,=1+1", "a,'=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\t=1+1", "\\u0009=1+1"),
        ("Mixed_5b/Branch_1", "Mixed_5b/Branch_1"),
        ("a-b = c", "a-b = c"),
    ],
)
def test_no_cell_is_a_formula(text: str, shown: str) -> None:
    assert cell(text) == shown


@pytest.mark.parametrize("separator", [",", ";"])
def test_no_cell_of_a_hostile_spec_is_a_formula(summary: Summary, separator: str) -> None:
    rows = csv.reader(io.StringIO(to_csv([summary, summary])), delimiter=separator)
    for row in rows:
        assert not [part for part in row if re.match(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]", part)]


# Annotations


def test_the_file_of_an_annotation_holds_nothing_that_acts() -> None:
    source = Source("a\x1b[31m\x07\u202eb.yaml", "x: 1\n")
    finding = Diagnostic("E0202", "m", Label(Span(source, 1, 1, 1, 2)))
    assert github([finding]) == (
        "::error file=a\\u001b[31m\\u0007\\u202eb.yaml,line=1,col=1,endColumn=2,title=E0202::m\n"
    )


def test_ends_of_lines_in_a_file_are_what_github_reads() -> None:
    source = Source("a\nb\r.yaml", "x: 1\n")
    finding = Diagnostic("E0202", "m", Label(Span(source, 1, 1, 1, 2)))
    assert github([finding]).startswith("::error file=a%0Ab%0D.yaml,line=1,")


@pytest.mark.parametrize("blank", ["\u3164", "\u2800", "\u115f", "\uffa0", "\u034f", "\ufe0f"])
def test_what_is_not_seen_is_shown(blank: str) -> None:
    assert sanitize(f"a{blank}b") == f"a\\u{ord(blank):04x}b"
