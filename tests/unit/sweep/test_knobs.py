"""Names that a user varies become knobs of a network, or a finding that says what there is."""

from __future__ import annotations

import pytest

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Source, external
from inceptionspec.sweep.bases import OpenBase, open_base_spec
from inceptionspec.sweep.knobs import Found, find_knobs, parse_setting, setting_of, values_of


@pytest.fixture(scope="module")
def v3() -> OpenBase:
    return open_base_spec("inception_v3")


def found(base: OpenBase, *texts: str) -> tuple[Found, ...]:
    return find_knobs(list(map(parse_setting, texts)), [base])


def codes(base: OpenBase, *texts: str) -> list[tuple[str, str, tuple[str, ...]]]:
    with pytest.raises(SpecError) as error:
        found(base, *texts)
    return [(one.code, one.message, one.helps) for one in error.value.findings]


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("96..160:32", ("96", "128", "160")),
        ("1..3", ("1", "2", "3")),
        ("0.5..1:0.25", ("0.5", "0.75", "1")),
        ("-1..1:1", ("-1", "0", "1")),
        ("0.1..0.3:0.1", ("0.1", "0.2", "0.3")),
        ("1..2:3", ("1",)),
        ("relu", ("relu",)),
    ],
)
def test_ranges_are_written_out(written: str, values: tuple[str, ...]) -> None:
    assert tuple(values_of([written], "knob", external("here"))) == values


@pytest.mark.parametrize("written", ["3..1", "1..2:0", "0.5..1", "1..", "1..2:-1", "", " "])
def test_what_is_no_range_is_a_finding(written: str) -> None:
    with pytest.raises(SpecError) as error:
        values_of([written], "knob", external("here"))
    assert [one.code for one in error.value.findings] == ["E0931"]


def test_values_are_tried_once() -> None:
    assert parse_setting("width=0.5,1,0.5,1..2").values == ("0.5", "1", "2")
    assert setting_of("width", [0.5, 1, "2..3"]).values == ("0.5", "1", "2", "3")


def test_knobs_of_all_kinds(v3: OpenBase) -> None:
    knobs = found(
        v3, "width=0.5", "input=224", "classes=10", "args.dropout=0.5", "Mixed_6b.filters_7=96"
    )
    assert [knob.kind for knob, _ in knobs] == ["width", "input", "argument", "argument", "call"]
    assert knobs[-1].paths == (("Mixed_6b",),)
    assert (knobs[-1].knob.path, knobs[-1].knob.key) == ("Mixed_6b", "filters_7")


def test_a_pattern_stands_for_the_calls_that_take_the_argument(v3: OpenBase) -> None:
    ((_, (paths,)),) = found(v3, "Mixed_*.filters_7=96")
    assert paths == ("Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e")


def test_an_unknown_knob_is_told_the_closest(v3: OpenBase) -> None:
    ((code, message, helps),) = codes(v3, "Mixed_6b.filter_7=96")
    assert (code, helps) == ("E0930", ("did you mean `Mixed_6b.filters_7`?",))
    assert "`InceptionV3` has no knob `Mixed_6b.filter_7`" in message
    assert codes(v3, "widht=1")[0][2] == ("did you mean `width`?",)
    assert codes(v3, "clases=1")[0][2] == ("did you mean `classes`?",)
    assert codes(v3, "Mixed_6.filters_7=1")[0][2] == ("did you mean `Mixed_6e.filters_7`?",)


def test_a_knob_is_varied_once(v3: OpenBase) -> None:
    ((code, message, _),) = codes(v3, "classes=1", "args.classes=2")
    assert (code, message) == ("E0931", "`args.classes` is varied twice")


@pytest.mark.parametrize("text", ["width=0", "width=x", "input=1x", "input=0", "width=nan"])
def test_values_that_fit_no_network(v3: OpenBase, text: str) -> None:
    assert [code for code, _, _ in codes(v3, text)] == ["E0931"]


@pytest.mark.parametrize("text", ["width", "=1", "width="])
def test_a_setting_needs_a_name_and_values(text: str) -> None:
    with pytest.raises(SpecError) as error:
        parse_setting(text)
    assert error.value.findings[0].code == "E0931"


def test_a_repeat_is_a_knob() -> None:
    base = open_base_spec("inception_resnet_v2")
    path = base.repeats[0]
    ((knob, paths),) = found(base, f"{path}.repeat=1..3")
    assert (knob.kind, paths) == ("repeat", ((path,),))
    assert [code for code, _, _ in codes(base, f"{path}.repeat=0")] == ["E0931"]


def test_an_attribute_of_a_layer_is_no_knob_and_is_told_how_it_becomes_one() -> None:
    text = (
        "spec: 1\nname: one\ninput: {size: 8x8, channels: 3}\n"
        "network: [{op: conv, name: c, kernel: 3x3, filters: 4}]\n"
    )
    base = open_base_spec("one.yaml", Source("one.yaml", text))
    ((code, _, helps),) = codes(base, "c.filters=3,4")
    (help_,) = helps
    assert code == "E0930"
    assert "`filters: $n`" in help_
    followed = text.replace("filters: 4", "filters: $n").replace("network", "args: {n: 4}\nnetwork")
    found(open_base_spec("one.yaml", Source("one.yaml", followed)), "n=3,4")
    assert codes(base, "c.repeat=3")[0][2] == ()
