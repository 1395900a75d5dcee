"""Pictures of cost: what is drawn, that it can be read, the same bytes, and bad input."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import matplotlib
import pytest
from commands import SMALL
from support import spec

import inceptionspec
from inceptionspec.diagnostics.source import Source
from inceptionspec.drawing.diagram.theme import LIGHT, luminance
from inceptionspec.drawing.plot import SUFFIXES, plot_file
from inceptionspec.drawing.plot.figure import figure
from inceptionspec.drawing.plot.kinds import KINDS
from inceptionspec.drawing.plot.label_spacing import spread
from inceptionspec.drawing.plot.series import MOST_PARTS, series

PLACE = Source("--plot x.svg").whole()
NETWORKS = ("inception_v1", "inception_v3", "inception_v4", "inception_resnet_v2",
            "mobilenet_v2", "vgg16")  # fmt: skip
CHAIN = spec(
    "\n".join(f"- {{op: conv, name: a_rather_long_name_of_layer_{n}, kernel: 3, filters: 8}}"
              for n in range(150))
)  # fmt: skip


@cache
def summary(reference: str):
    return inceptionspec.load(reference).summary()


@pytest.mark.parametrize("name", NETWORKS)
def test_bars_add_up_to_the_totals_of_the_summary(name):
    report = summary(name)
    drawn = series(report, PLACE)
    assert sum(sum(part.macs) for part in drawn.parts) == report.total.macs
    assert sum(sum(part.params) for part in drawn.parts) == report.total.params
    assert max(drawn.live) == report.peak_activation_bytes
    assert [band.start for band in drawn.bands[1:]] == [band.end for band in drawn.bands[:-1]]
    assert drawn.bands[-1].end == len(drawn.live)


def test_what_is_drawn_of_v3():
    drawn = series(summary("inception_v3"), PLACE)
    parts = {part.name: part for part in drawn.parts}
    assert next(iter(parts)) == "stem"
    assert (parts["AuxLogits"].head, parts["Logits"].head) == ("auxiliary", "main")
    assert dict(zip(KINDS, parts["Mixed_6b"].macs, strict=True)) == {
        # 17 x 17 pixels: 768 to 192, 128, 128 and 192 filters by 1x1; the rest is 1x7 and 7x1.
        "point": 17 * 17 * 768 * (192 + 128 + 128 + 192),
        "square": 0,
        "flat": 17 * 17 * 7 * 128 * (128 + 192 + 128 + 128 + 128 + 192),
        "depthwise": 0, "separable": 0, "dense": 0, "other": 0,
    }  # fmt: skip
    assert drawn.peak == 3
    assert drawn.live[3] == 8_297_856


def _texts(drawn):
    """Every text that is seen, with its box in pixels."""
    renderer = drawn.canvas.get_renderer()
    drawn.draw(renderer)
    for text in drawn.findobj(matplotlib.text.Text):
        if text.get_visible() and text.get_text():
            # The box of an annotation would hold its line as well.
            yield text.get_text(), matplotlib.text.Text.get_window_extent(text, renderer)


@pytest.mark.parametrize("reference", [*NETWORKS, "chain", "long names"])
def test_no_label_touches_another_or_leaves_the_picture(reference):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    reference = {"chain": CHAIN, "long names": CHAIN.replace("150", "9")}.get(reference, reference)
    report = summary(reference)
    drawn = figure(report, series(report, PLACE))
    FigureCanvasAgg(drawn)
    boxes = list(_texts(drawn))
    assert len(boxes) > 20
    whole = drawn.bbox
    for number, (text, box) in enumerate(boxes):
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= whole.x1, text
        assert box.y1 <= whole.y1, text
        for other, beside in boxes[:number]:
            apart = (
                box.x1 <= beside.x0 + 1
                or beside.x1 <= box.x0 + 1
                or box.y1 <= beside.y0 + 1
                or beside.y1 <= box.y0 + 1
            )
            assert apart, f"`{text}` touches `{other}`"


def test_very_many_parts_share_bars():
    report = summary(CHAIN)
    drawn = series(report, PLACE)
    assert len(drawn.parts) <= MOST_PARTS
    assert drawn.parts[1].name == "a_rather_long_name_of_layer_2 and 2 more"
    assert sum(sum(part.macs) for part in drawn.parts) == report.total.macs


def test_kinds_have_colors_that_differ_in_lightness():
    def lightness(color):  # CIE L*
        return 116 * luminance(color) ** (1 / 3) - 16

    levels = sorted(lightness(kind.color) for kind in KINDS.values())
    assert all(after - before > 2.5 for before, after in pairwise(levels))
    assert KINDS["point"].color == LIGHT.categories["convolution"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_bytes_on_every_run_and_whatever_is_set(tmp_path, suffix):
    report = summary("inception_v1")
    one, two = (str(tmp_path / f"{name}{suffix}") for name in "ab")
    plot_file(report, one)
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.hashsalt": "x"}):
        plot_file(report, two)
        assert matplotlib.rcParams["font.size"] == 30
    assert Path(one).read_bytes() == Path(two).read_bytes()


def test_the_words_of_the_picture(tmp_path):
    inceptionspec.load("inception_v3").plot(str(tmp_path / "v3.svg"))
    text = (tmp_path / "v3.svg").read_text()
    words = re.findall(r"<text[^>]*>([^<]*)</text>", text)
    for word in ("InceptionV3", "Mixed_6b", "AuxLogits, auxiliary head", "Logits, main head",
                 "1\u00d71 convolutions", "1\u00d7N, N\u00d71 and other kernels", "1.34G", "6.08M",
                 "peak 7.91 MiB (8,297,856 bytes)", "at Conv2d_2b_3x3"):  # fmt: skip
        assert word in words, word
    said = " ".join(words)
    assert "27,179,376 parameters" in said
    assert "all heads: AuxLogits, Logits" in said
    assert "multiply-accumulates of convolutions and dense layers" in said
    assert inceptionspec.load("inception_v3").digests["network"] in said
    assert "<dc:date>" not in text


def test_png_is_large_enough_to_be_read(tmp_path):
    inceptionspec.load("vgg16").plot(str(tmp_path / "x.png"))
    data = (tmp_path / "x.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20]) == 1440


def test_names_are_text_and_nothing_else(tmp_path):
    hostile = SMALL.replace("name: t", 'name: "$x^2$ <b>&amp;</b> \\u202e\\x1b"')
    inceptionspec.load(hostile).plot(str(tmp_path / "x.svg"))
    text = (tmp_path / "x.svg").read_text()
    assert "$x^2$ &lt;b&gt;&amp;amp;&lt;/b&gt; \\u202e\\u001b" in text
    assert "<b>" not in text


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ([], []),
        ([5], [5]),
        ([1, 5, 9], [1, 5, 9]),
        ([4, 5, 6], [3, 5, 7]),
        ([0, 0, 0], [0, 2, 4]),
        ([10, 10], [8, 10]),
        ([3, 3, 8], [2, 4, 8]),
    ],
)
def test_labels_move_apart_as_little_as_they_must(wanted, places):
    assert spread(wanted, 2, 0, 10) == places
