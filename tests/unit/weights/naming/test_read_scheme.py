"""Naming schemes are checked as strictly as specs: each fault at its place, with what to do."""

from __future__ import annotations

import pytest

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Source
from inceptionspec.reports.findings.full import full
from inceptionspec.weights.naming import read_scheme

GOOD = """\
naming: 1
name: mine
doc: Names.
sources: [me]
layout: torch
weights:
  kernel: "{layer}.weight"
  gamma: ["{layer}.g", "{layer}.gamma"]
tables:
  block: {Mixed_5b: a, Mixed_5c: b}
layers:
  - {path: "{block}/Branch_{k}/*", as: "{block}.{k+1}.{rank}"}
  - {path: "Logits/*", as: [x, y], also: [z], weights: {kernel: "{layer}/k"}}
"""


def found(text: str) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Code, message, the text at the place, and helps of each finding."""
    with pytest.raises(SpecError) as raised:
        read_scheme(Source("mine.yaml", text))
    result = []
    for one in raised.value.findings:
        span = one.primary.span
        line = text.split("\n")[span.line - 1]
        end = span.end_column - 1 if span.end_line == span.line else len(line)
        result.append((one.code, one.message, line[span.column - 1 : end], one.helps))
    return result


def test_a_scheme_is_read() -> None:
    scheme = read_scheme(Source("mine.yaml", GOOD))
    assert (scheme.name, scheme.layout, scheme.epsilon, scheme.counts) == (
        "mine",
        "torch",
        None,
        False,
    )
    assert [rule.names for rule in scheme.rules] == [("{block}.{k+1}.{rank}",), ("x", "y")]
    assert scheme.weights["gamma"] == ("{layer}.g", "{layer}.gamma")


CHANGES = {
    ("layout: torch", "layout: torhc"): (
        "E0205", "`layout` of a naming scheme must be `tensorflow`, `torch` or `onnx`", "torhc", ()
    ),
    ("layout: torch", "layuot: torch"): (
        "E0202", "unknown key `layuot` of a naming scheme", "layuot", ("did you mean `layout`?",)
    ),
    ("doc: Names.\n", ""): (
        "E0204", "a naming scheme lacks the key `doc`", "naming: 1",
        ("`doc`: Whose names these are.",)
    ),
    ("kernel: \"{layer}.weight\"", "kernal: x"): (
        "E0202", "unknown key `kernal` of the names of weights", "kernal",
        ("did you mean `kernel`?",),
    ),
    ("{layer}.weight", "{layr}.weight"): (
        "E0712", "`{layr}` stands for nothing here", '"{layr}.weight"', ("did you mean `layer`?",)
    ),
    ("{layer}.weight", "{layer.weight"): (
        "E0712", "`{layer.weight` has a brace without its other half", '"{layer.weight"', ()
    ),
    ("{k+1}", "{q+1}"): (
        "E0712", "`{q+1}` stands for nothing here", '"{block}.{q+1}.{rank}"',
        ("known are `_rank`, `block`, `k`, `number`, `only`, `order`, `path` and `rank`",),
    ),
    ("Branch_{k}/*", "Branch_{block}/*"): (
        "E0712", "`{block}/Branch_{block}/*` is not a pattern of paths",
        '"{block}/Branch_{block}/*"',
        ("write `Mixed_{block}/Branch_0/*`, each name in braces once",),
    ),
    ("block: {", "rank: {"): (
        "E0712", "a table cannot be called `rank`, which has a meaning of its own", "rank", ()
    ),
    ("as: [x, y]", "as: []"): (
        "E0205", "`as` of a rule must be a name, or a list of names", "[]", ()
    ),
    ("as: [x, y], ", ""): (
        "E0204", "a rule lacks the key `as`", "{path: \"Logits/*\", also: [z], "
        'weights: {kernel: "{layer}/k"}}', ()
    ),
    ("naming: 1", "naming: 2"): ("E0207", "version 2 of the language is unknown", "2", ()),
    ("Mixed_5b: a", "Mixed_5b: 3"): (
        "E0205", "`Mixed_5b` of the table `block` must be a text", "3", ()
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change[1])
def test_a_fault_is_found_at_its_place(change: tuple[str, str]) -> None:
    assert change[0] in GOOD
    first, *_ = found(GOOD.replace(*change))
    assert first[:3] == CHANGES[change][:3]
    assert first[3][: len(CHANGES[change][3])] == CHANGES[change][3]


@pytest.mark.parametrize(
    "text", ["", "[]", "naming: 1", "naming: &a 1", "a: !!python/object x", "layers: 3\nweights: 2"]
)
def test_other_texts_are_findings_with_carets(text: str) -> None:
    with pytest.raises(SpecError) as raised:
        read_scheme(Source("mine.yaml", text))
    assert "mine.yaml" in full(raised.value.findings)
