"""Work grows with the input and no faster: comparisons and characters are counted."""

from __future__ import annotations

import difflib
import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import codes, loaded, spec

from inceptionspec.diagnostics.diagnostic import Label, SpecError, finding
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.diagnostics.suggest import did_you_mean
from inceptionspec.frontend.expansion.patterns import matching
from inceptionspec.frontend.expansion.tree import Layer, Scope
from inceptionspec.frontend.formatting.comments import Lines
from inceptionspec.frontend.reading.document import Map
from inceptionspec.reports.findings.full import full

SIZES = (500, 1_000, 2_000, 4_000)


def grows_linearly(counts: list[int]) -> bool:
    """Whether each doubling of the input at most doubles the count, but for a tenth."""
    return all(later <= 2.2 * earlier for earlier, later in itertools.pairwise(counts))


class CountingList(list[Any]):
    """A list that counts the children that its searches look at."""

    looked_at = 0

    def index(self, value: Any, start: int = 0, stop: int = 2**63 - 1) -> int:
        try:
            found = super().index(value, start, stop)
        except ValueError:
            CountingList.looked_at += len(self) - start
            raise
        CountingList.looked_at += found - start + 1
        return found


@pytest.mark.parametrize("forwards", [True, False])
def test_positions_of_all_children_take_linear_time(forwards: bool) -> None:
    counts = []
    for size in SIZES:
        CountingList.looked_at = 0
        span = Source("x").whole()
        scope = Scope("", "network", Map(span))
        scope.children = CountingList(Layer(str(n), "conv", Map(span)) for n in range(size))
        for child in list(scope.children):
            at = scope.position(child)
            assert scope.children[at] is child
            if forwards:
                scope.children.insert(at + 1, Layer("after", "conv", Map(span)))
        counts.append(CountingList.looked_at)
    assert grows_linearly(counts)


class CountingText(str):
    """A text that counts the characters that are copied out of it."""

    copied = 0

    def __getitem__(self, key: Any) -> str:
        found = super().__getitem__(key)
        CountingText.copied += len(found)
        return found


def test_a_long_line_is_not_copied_for_each_entry() -> None:
    counts = []
    for size in SIZES:
        CountingText.copied = 0
        text = CountingText("[" + "{op: flatten}, " * size + "]")
        lines = Lines(text)
        for match in re.finditer("op", str(text)):
            assert not lines.opens_after_blank(match.start())
        counts.append(CountingText.copied)
    assert grows_linearly(counts)


def test_an_entry_after_an_empty_line_is_known_by_its_dashes_and_spaces() -> None:
    text = "a:\n\n  - - b: 1\n    c: x - d\n"
    lines = Lines(text)
    assert [lines.opens_after_blank(text.index(one)) for one in "abcd"] == [
        False, True, False, False,
    ]  # fmt: skip


def test_suggestions_cost_nothing_worth_counting_beyond_those_that_are_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[int] = []
    real = difflib.get_close_matches

    def counted(word: str, names: Any, **given: Any) -> list[str]:
        names = list(names)
        compared.append(len(word) * sum(map(len, names)))
        return real(word, names, **given)

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    names = [f"{'ab' * 32}{number}" for number in range(60)]
    for number in range(200):
        did_you_mean("ba" * 32, names, [None] * number)
    assert len(compared) == 20
    compared.clear()
    assert did_you_mean("fliters", ["filters", "kernel"], [None] * 500) != ()
    assert max(compared) <= 2_000


@given(st.text("ab*", max_size=12), st.text("abc", max_size=12))
def test_a_pattern_matches_as_a_regular_expression_would(pattern: str, element: str) -> None:
    wanted = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), element)
    assert matching(pattern or "x", [element]) == ([element] if pattern and wanted else [])


def test_every_layer_is_changed_by_one_pattern(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        spec("".join(f"- {{op: flatten, name: f{n}}}\n" for n in range(50)))
    )
    variant = tmp_path / "variant.yaml"
    variant.write_text(
        "spec: 1\nname: v\nextends: base.yaml\noverride:\n"
        '  "*": {before: [{op: activation, function: relu}], after: [{op: softmax}]}\n'
    )
    ops = [node.op for node in loaded(str(variant)).graph.nodes[1:]]
    assert ops[:6] == ["activation", "flatten", "softmax"] * 2
    assert len(ops) == 150


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n", "\x85", "\u2028", "\u2029"])
def test_directives_are_counted_whatever_ends_their_lines(line_break: str) -> None:
    text = "".join(f"%TAG !a{number}! t{line_break}" for number in range(200))
    assert codes(f"{text}--- a\n") == ["E0502"]


def test_places_far_apart_in_one_line_are_shown_by_two_excerpts() -> None:
    source = Source("x.yaml", f"a: 1, {'x' * 1_000_000}, b: 2")
    near, far = Span(source, 1, 1, 1, 2), Span(source, 1, 1_000_009, 1, 1_000_010)
    text = full([finding("E0103", "m", far, label="again", labels=(Label(near, "first"),))])
    assert len(text) < 1_000
    assert text.splitlines()[3:7] == [
        f"1 | a: 1, {'x' * 154}...",
        "  | - first",
        f"1 | ...{'x' * 37}, b: 2",
        f"  | {' ' * 42}^ again",
    ]


def test_a_link_to_itself_is_a_finding(tmp_path: Path) -> None:
    loop = tmp_path / "loop.yaml"
    loop.symlink_to("loop.yaml")
    variant = tmp_path / "variant.yaml"
    variant.write_text("spec: 1\nname: v\nextends: loop.yaml\n")
    for file, code in ((loop, "E0802"), (variant, "E0312")):
        with pytest.raises(SpecError, match="too many levels of symbolic links") as caught:
            loaded(str(file))
        assert [one.code for one in caught.value.findings] == [code]


BASE = """
spec: 1
name: b
input: {size: 8x8}
network:
  - {name: P, residual: {}, layers: [{op: batch_norm}]}
end_points: {E: P}
"""


@pytest.mark.parametrize(
    ("override", "code", "words"),
    [
        ("end_points.E: {set: 5}", "E0205", "the end point `E` must be a path"),
        ("P/add: {set: {op: concat}}", "E0315", "a residual adds, and is no `concat`"),
    ],
)
def test_what_an_override_sets_keeps_to_its_form(
    tmp_path: Path, override: str, code: str, words: str
) -> None:
    (tmp_path / "b.yaml").write_text(BASE)
    variant = tmp_path / "v.yaml"
    variant.write_text(f"spec: 1\nname: v\nextends: b.yaml\noverride:\n  {override}\n")
    with pytest.raises(SpecError, match=re.escape(words)) as caught:
        loaded(str(variant))
    assert [one.code for one in caught.value.findings] == [code]
