"""Forms: what is unknown, missing or of the wrong kind, with the words for it."""

from __future__ import annotations

import pytest
from support import codes, findings, rendered, spec

CONV = "- {op: conv, name: c, kernel: 3x3, filters: 4}"


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (spec("- {op: conv, kernel: 3x3, fliters: 4}"), "E0203", "did you mean `filters`"),
        (spec("- {op: cnov, kernel: 3x3}"), "E0206", "did you mean `conv`"),
        (spec("- {op: concat}"), "E0206", "`merge: concat`"),
        (spec("- {pool: max}"), "E0208", "needs one of"),
        (spec("- {op: conv, block: b}"), "E0208", "at once"),
        (spec("- {op: conv, kernel: 0, filters: 4}"), "E0205", "`kernel` of `conv` must be"),
        (spec("- {op: conv, kernel: 3x0, filters: 4}"), "E0205", "a side such as"),
        (spec("- {op: conv, kernel: 3, filters: -1}"), "E0205", "at least 1"),
        (spec("- {op: conv, kernel: 3, filters: 1.5}"), "E0205", "at least 1"),
        (spec("- {op: conv, kernel: 3, filters: true}"), "E0205", "this is `true`"),
        (spec("- {op: dropout, rate: 1}"), "E0205", "below 1"),
        (spec("- {op: dropout, rate: .nan}"), "E0205", "below 1"),
        (spec("- {op: conv, kernel: 3, filters: 4, l2: 1e400}"), "E0205", "at least 0"),
        (spec("- {op: conv, kernel: 3, filters: 4, activation: rleu}"), "E0205", "mean `relu`"),
        (spec("- {op: conv, kernel: 3, filters: 4, init: {normal: x}}"), "E0205", "initializer"),
        (spec("- {op: conv, name: 1a, kernel: 3, filters: 4}"), "E0209", "a letter"),
        (spec('- {op: conv, name: "a/b", kernel: 3, filters: 4}'), "E0209", "a letter"),
        (spec("- conv"), "E0201", "a mapping such as"),
        (spec("- branches: {}"), "E0205", "at least one branch"),
        (spec("- {branches: {a: []}, merge: cat}"), "E0206", "not a merge"),
        (spec("- {layers: [], merge: add}"), "E0210", "nothing to merge"),
        (spec("- {layers: [], branches: {a: []}}"), "E0208", "at once"),
        (spec(CONV, rest="hedas: {}"), "E0202", "did you mean `heads`"),
        (spec(CONV, rest="override: {}"), "E0202", "only a variant"),
        (spec(CONV, rest="heads: {H: {layers: []}}"), "E0204", "lacks the key `from`"),
        (spec(CONV, rest="heads: [1]"), "E0201", "must be a mapping"),
        (spec(CONV, rest="args: {width: 1}"), "E0209", "cannot be the name"),
        (spec(CONV, rest="args: {classes: [1]}"), "E0205", "a number, a text"),
        (spec(CONV, rest="blocks: {b: {args: {n: integer}, layers: []}}"), "E0205", "one of int"),
        (spec(CONV, rest="defaults: {cnov: {}}"), "E0206", "did you mean `conv`"),
        (spec(CONV, rest="defaults: {conv: {sride: 1}}"), "E0203", "did you mean `stride`"),
        (spec(CONV, rest="expect: {c: big}"), "E0205", "a shape such as"),
        (spec(CONV, rest="expect: {total: {param: 1}}"), "E0202", "did you mean `params`"),
        (spec(CONV, rest="expect: {total: 1x1x4}"), "E0201", "must be a mapping"),
        (spec(CONV, rest="expect: {total: {shape: 4}}"), "E0202", "not a key of the contract"),
        (spec(CONV, rest="budget: {macs: 5}"), "E0205", "a bound such as"),
        (spec(CONV, size="0x5"), "E0205", "height x width"),
        (spec(CONV, size="299"), "E0205", "height x width"),
        (spec(CONV, channels=0), "E0205", "at least 1"),
        ("name: x\n", "E0204", "spec: 1"),
        ("spec: 2\n", "E0207", "expected `1`"),
        ("spec: true\n", "E0207", "expected `1`"),
        ("spec: 1\nname: x\nnetwork: []\n", "E0204", "`input`"),
        ("spec: 1\nname: x\nextends: vgg16\nnetwork: []\n", "E0202", "under `override`"),
        ("spec: 1\nname: x\nextends: vgg16\noverride: {a: {set: {}, replace: []}}\n", "E0208", ""),
        ("spec: 1\nname: x\nextends: vgg16\noverride: {a: remove}\n", "E0201", "`delete`"),
    ],
)
def test_a_fault_is_named(text: str, code: str, words: str) -> None:
    shown = rendered(text + "\n")
    assert codes(text + "\n")[0] == code, shown
    assert words in shown, shown


def test_all_findings_come_at_once_in_file_order() -> None:
    text = spec(
        "- {op: conv, kernel: 3, fliters: 4}\n- {op: pool}\n- {op: dropout, rate: 2}", size="0x0"
    )
    assert codes(text) == ["E0205", "E0203", "E0206", "E0205"]


def test_a_missing_attribute_is_found_after_defaults() -> None:
    assert codes(spec("- {op: conv, kernel: 3}")) == ["E0204"]
    import inceptionspec

    inceptionspec.load(spec("- {op: conv, kernel: 3}", rest="defaults: {conv: {filters: 4}}"))


def test_the_words_of_a_misspelt_attribute() -> None:
    text = spec("- op: conv\n  kernel: 3x3\n  fliters: 64")
    assert rendered(text) == (
        "error[E0203]: unknown attribute `fliters` of `conv`\n"
        " --> <text>:8:5\n"
        "  |\n"
        "8 |     fliters: 64\n"
        "  |     ^^^^^^^ not an attribute of `conv`\n"
        "  |\n"
        "  = help: did you mean `filters`?\n"
        "  = note: `conv` needs `filters` and `kernel`\n"
    )


def test_a_value_that_comes_from_an_argument_shows_both_places() -> None:
    text = spec(
        "- {block: b, name: x, with: {n: 1.5}}\n- {block: b, name: y, with: {n: 2}}",
        rest="blocks:\n  b:\n    args: {n: float}\n"
        "    layers: [{op: conv, kernel: 3, filters: $n}]",
    )
    (finding,) = findings(text)
    assert finding.code == "E0205"
    assert finding.primary.span.line == 9
    assert {label.span.line for label in finding.labels} == {7, 9}
