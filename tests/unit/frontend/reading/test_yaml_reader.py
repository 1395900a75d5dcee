"""The reader: scalars, spans, and what it refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.limits import Limits
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.reading.document import Map, scalar_value
from inceptionspec.frontend.reading.yaml_reader import decode, read


def parse(text: str, **limits: int) -> Map:
    return read(Source("a.yaml", text), Limits(**limits))


def refused(text: str, **limits: int) -> list[str]:
    with pytest.raises(SpecError) as caught:
        parse(text, **limits)
    return [finding.code for finding in caught.value.findings]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 1e-3),
        ("1E5", 1e5),
        (".5", 0.5),
        ("-2.", -2.0),
        ("010", 10),
        ("0o10", 8),
        ("0x10", "0x10"),
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("1:30", "1:30"),
        ("2001-01-01", "2001-01-01"),
        ("1_000", "1_000"),
        ("true", True),
        ("TRUE", True),
        ("~", None),
        ("Null", None),
        ("-", "-"),
        ("3x3", "3x3"),
        ("+12", 12),
        ("1e3x", "1e3x"),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    result = scalar_value(text)
    assert result == value
    assert type(result) is type(value)


def test_infinities_and_nan_are_numbers_here_and_refused_by_kinds() -> None:
    assert scalar_value("-.inf") == float("-inf")
    assert str(scalar_value("-0.0")) == str(scalar_value("-1e-400")) == "0.0"
    assert str(scalar_value(".nan")) == "nan"


def test_spans_of_keys_and_values() -> None:
    root = parse("a: 1\nbee: {c: [x, yy]}\n")
    assert root.key_spans["bee"][1:] == (2, 1, 2, 4)
    assert root.value_spans["bee"][1:] == (2, 6, 2, 18)
    assert root["bee"].value_spans["c"][1:] == (2, 10, 2, 17)
    assert root["bee"]["c"].item_spans[1][1:] == (2, 14, 2, 16)


def test_a_block_collection_ends_with_its_last_child() -> None:
    root = parse("a:\n  b: 1\n  c: 22\n\n\nd: 1\n")
    assert root.value_spans["a"][1:] == (2, 3, 3, 8)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E0108"),
        ("# only a comment\n", "E0108"),
        ("- a\n", "E0201"),
        ("just text\n", "E0201"),
        ("a: 1\na: 2\n", "E0103"),
        ("a: &x 1\n", "E0104"),
        ("a: !!python/object:os.system x\n", "E0105"),
        ("a: !x 1\n", "E0105"),
        ("a: 1\n---\nb: 2\n", "E0107"),
        ("? {a: b}\n: c\n", "E0110"),
        ("a: [1, 2\n", "E0102"),
        ("a: \tb: c\n", "E0102"),
        ("\ta: 1\n", "E0102"),
        ("a: \x00\n", "E0109"),
        ("a: \x1b[31m\n", "E0109"),
    ],
)
def test_what_is_refused(text: str, code: str) -> None:
    assert refused(text)[0] == code


def test_an_alias_is_refused_as_value_key_and_item() -> None:
    assert refused("a: &x 1\nb: *x\n*x : 2\nc: [*x]\n").count("E0104") == 4


def test_a_merge_key_is_refused_by_its_own_name() -> None:
    assert "E0106" in refused("a: {b: 1}\nc:\n  <<: {d: 1}\n")


def test_several_findings_are_collected() -> None:
    assert refused("a: 1\na: 2\nb: &x 1\nb: !t 2\n") == ["E0103", "E0104", "E0103", "E0105"]


def test_limits() -> None:
    assert refused("a: " + "[" * 40 + "]" * 40) == ["E0503"]
    assert refused("a: [1, 2, 3, 4, 5, 6]", events=10) == ["E0502"]
    assert refused("a: " + "x" * 5000) == ["E0504"]
    assert refused("a" * 5000 + ": 1") == ["E0504"]
    assert parse("doc: " + "x" * 5000)["doc"] == "x" * 5000


def test_the_depth_limit_is_exact() -> None:
    assert parse("a: " + "[" * 31 + "]" * 31)
    assert refused("a: " + "[" * 32 + "]" * 32) == ["E0503"]


@pytest.mark.parametrize(
    ("data", "code", "word"),
    [
        (b"a: \xff\n", "E0101", "0xff"),
        ("a: 1".encode("utf-16"), "E0101", "UTF-16"),
        (b"a" * ((1 << 20) + 1), "E0501", "1,048,576"),
    ],
)
def test_bytes_that_are_refused(data: bytes, code: str, word: str) -> None:
    with pytest.raises(SpecError) as caught:
        decode(data, "a.yaml")
    assert caught.value.findings[0].code == code
    assert word in caught.value.findings[0].message


def test_a_byte_order_mark_is_skipped() -> None:
    assert decode(b"\xef\xbb\xbfspec: 1", "a").text == "spec: 1"


@given(st.text(max_size=200))
def test_any_text_is_a_mapping_or_findings(text: str) -> None:
    try:
        result = parse(text)
    except SpecError as error:
        assert error.findings
    else:
        assert isinstance(result, Map)


_SCALARS = st.one_of(
    st.integers(-(10**9), 10**9), st.booleans(), st.none(), st.sampled_from(["a", "no", "1x7"])
)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["a", "b", "c1"]), inner, max_size=3),
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["x", "y", "zz"]), _TREES, min_size=1, max_size=3))
def test_what_is_written_is_read_back(data: dict[str, object]) -> None:
    from inceptionspec.frontend.writing.yaml_writer import spec_text

    assert parse(spec_text(data)) == data
