"""How a picture becomes an input: what a spec says of it, and where that contradicts itself."""

from __future__ import annotations

import pytest
from support import findings

import inceptionspec
from inceptionspec.frontend.reading.spec_files import builtin_names
from inceptionspec.frontend.writing.yaml_writer import spec_text
from inceptionspec.ir.preprocessing import Preprocessing, in_words, scale_value, value_range
from inceptionspec.reports.diff.json import data

NETWORK = "network: [{op: conv, name: c, kernel: 1, filters: 1}]\n"


def text(section: str, rest: str = "") -> str:
    return f"spec: 1\nname: t\ninput: {{size: 8x8{rest}, preprocessing: {{{section}}}}}\n{NETWORK}"


def steps(section: str, rest: str = "") -> Preprocessing:
    found = inceptionspec.load(text(section, rest)).graph.preprocessing
    assert found is not None
    return found


def test_what_is_left_out_changes_nothing() -> None:
    assert steps("") == Preprocessing(
        "bilinear", 1.0, "RGB", 1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), ""
    )
    assert value_range(steps("")) == (0, 255)


def test_one_number_is_for_all_channels() -> None:
    assert steps("mean: 2, std: 0.5", ", channels: 2").mean == (2.0, 2.0)
    assert steps("std: [1, 2, 3]").std == (1.0, 2.0, 3.0)


@pytest.mark.parametrize(
    ("written", "scale", "again"),
    [
        ("1/127.5", 1 / 127.5, "1/127.5"),
        ("1/255", 1 / 255, "1/255"),
        ("2/255", 2 / 255, "1/127.5"),
        ("0.0078125", 1 / 128, "1/128"),
        ("1", 1.0, 1),
        ("2", 2.0, 2),
        ("0.017", 0.017, 0.017),
        ("255/1", 255.0, 255),
    ],
)
def test_a_factor_is_a_number_or_a_quotient(written: str, scale: float, again: object) -> None:
    assert steps(f"scale: {written}").scale == scale
    assert scale_value(scale) == again


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("crop: 0.875, scale: 1/127.5, mean: 1", "bilinear, crop 0.875, RGB, byte / 127.5 - 1"),
        ("resize: nearest", "nearest, RGB, byte"),
        (
            "aspect: keep, channel_order: BGR, mean: [1, 2, 3]",
            "bilinear, aspect kept, BGR, byte - (1, 2, 3)",
        ),
        ("mean: 127.5, std: 128", "bilinear, RGB, (byte - 127.5) / 128"),
        ("scale: 2, mean: -1, std: 4", "bilinear, RGB, (byte * 2 - (-1)) / 4"),
        ("std: 255", "bilinear, RGB, byte / 255"),
        ("std: [1, 2, 3]", "bilinear, RGB, byte / (1, 2, 3)"),
    ],
)
def test_in_words(section: str, words: str) -> None:
    assert in_words(steps(section)) == words


@pytest.mark.parametrize(
    ("section", "code", "word"),
    [
        ("resize: linear", "E0205", "bilinear_tf1"),
        ("crop: 0", "E0205", "share"),
        ("crop: 1.01", "E0205", "share"),
        ("crop: -0.5", "E0205", "share"),
        ("scale: 0", "E0205", "quotient"),
        ("scale: 1/0", "E0205", "quotient"),
        ("scale: 0/255", "E0205", "quotient"),
        ("scale: .inf", "E0205", "quotient"),
        ("std: 0", "E0205", "above 0"),
        ("std: [1, 0, 1]", "E0205", "above 0"),
        ("mean: []", "E0205", "one for each channel"),
        ("mean: text", "E0205", "one for each channel"),
        ("channel_order: GBR", "E0205", "`BGR`"),
        ("aspect: cover", "E0205", "`keep`"),
        ("means: 1", "E0202", "`mean`"),
        ("mean: [1, 2]", "E0210", "another length"),
        ("std: [1, 2, 3, 4]", "E0210", "another length"),
    ],
)
def test_what_makes_no_sense_is_found(section: str, code: str, word: str) -> None:
    (found,) = findings(text(section))
    assert found.code == code
    assert word in " ".join([found.message, *found.helps])


def test_an_order_of_three_needs_three_channels() -> None:
    (found,) = findings(text("channel_order: BGR").replace("8x8", "8x8, channels: 1"))
    assert (found.code, found.helps) == (
        "E0210",
        ("write `channel_order: RGB`, which fewer channels leave alone",),
    )


def variant(section: str) -> str:
    return f"spec: 1\nextends: inception_v3\nname: v\noverride:\n  input: {{set: {{{section}}}}}\n"


def test_a_variant_inherits_and_changes_single_keys() -> None:
    base = inceptionspec.load("inception_v3").graph.preprocessing
    same = inceptionspec.load(variant("size: 320x320")).graph.preprocessing
    other = inceptionspec.load(variant("preprocessing: {crop: 1}")).graph.preprocessing
    assert base is not None
    assert same == base
    assert other is not None
    assert (other.crop, other.scale, other.resize) == (1.0, base.scale, "bilinear_tf1")


def test_a_fault_in_a_variant_is_found_there() -> None:
    (found,) = findings(variant("preprocessing: {crop: 2}"))
    assert (found.code, found.primary.span.line) == ("E0205", 5)
    (found,) = findings(variant("preprocessing: bilinear"))
    assert (found.code, found.primary.span.line) == ("E0201", 5)


@pytest.mark.parametrize("name", builtin_names())
def test_every_built_in_spec_states_its_own_with_its_source(name: str) -> None:
    network = inceptionspec.load(name)
    found = network.graph.preprocessing
    assert found is not None
    assert found.source
    assert not [one for one in network.check() if one.code == "W0114"]
    assert inceptionspec.load(spec_text(network.loaded.expanded())).graph.preprocessing == found


def test_it_counts_in_the_document_alone_and_diff_says_so() -> None:
    old, new = (
        inceptionspec.load("inception_v3"),
        inceptionspec.load(
            variant("preprocessing: {crop: 1}").replace("name: v", "name: InceptionV3")
        ),
    )
    assert old.digests["network"] == new.digests["network"]
    assert old.digests["document"] != new.digests["document"]
    found = old.diff(new)
    assert found.same
    assert [(change.name, change.old, change.new) for change in found.preprocessing] == [
        ("crop", 0.875, 1)
    ]
    assert "Preprocessing, which is no part of the network\n  crop 0.875 -> 1\n" in found.to_text()
    assert data(found)["preprocessing"] == [{"name": "crop", "new": 1, "old": 0.875}]


RANGED = text("SECTION", ", range: [RANGE]")


@pytest.mark.parametrize(
    ("bounds", "section", "fits"),
    [
        ("-1, 1", "scale: 1/127.5, mean: 1", True),
        ("-1, 1", "mean: 128, std: 128", True),
        ("-1, 1", "mean: 127.5, std: 128", True),
        ("0, 1", "scale: 1/255", True),
        ("0, 1", "scale: 1/256", True),
        ("-1, 1", "scale: 1/255", False),
        ("0, 1", "", False),
        ("0, 255", "", True),
        ("1, 0", "scale: 1/255", False),
        ("-2.1179, 2.64", "scale: 1/255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]",
         True),
    ],
)  # fmt: skip
def test_the_range_is_what_bytes_become(bounds: str, section: str, fits: bool) -> None:
    network = inceptionspec.load(RANGED.replace("RANGE", bounds).replace("SECTION", section))
    assert [one.code for one in network.check()] == ([] if fits else ["W0114"])


def test_both_helps_about_the_range_help() -> None:
    written = RANGED.replace("RANGE", "-1, 1").replace("SECTION", "scale: 1/255")
    (found,) = inceptionspec.load(written).check()
    assert found.helps == (
        "write `range: [0, 1]`",
        "or, where the range is right, write `preprocessing: {scale: 1/127.5, mean: 1, std: 1}`",
    )
    for old, new in (
        ("[-1, 1]", "[0, 1]"),
        ("{scale: 1/255}", "{scale: 1/127.5, mean: 1, std: 1}"),
    ):
        assert old in written
        assert not inceptionspec.load(written.replace(old, new)).check()


def test_a_range_without_preprocessing_and_the_reverse_are_fine() -> None:
    for section in ("size: 8x8, range: [5, 6]", "size: 8x8, preprocessing: {}"):
        assert not inceptionspec.load(f"spec: 1\nname: t\ninput: {{{section}}}\n{NETWORK}").check()
