"""A run in words."""

from __future__ import annotations

from pathlib import Path

from inceptionspec.reports.training.text import finished_text, moment_text
from inceptionspec.training.loop import Moment
from inceptionspec.training.train import TrainingResult


def test_a_moment_of_two_heads_fits_a_terminal() -> None:
    heads = {"AuxLogits": 2.4981, "Logits": 2.0789}
    first = Moment(1, 5000, 1, 100, 3.384, heads, 1e-3, None, None, None)
    assert moment_text(first) == "1/100  loss 2.498 + 2.079  rate 0.001"
    later = Moment(4300, 5000, 87, 100, 3.384, heads, 0.000123, 1234.5, 7300.0, 0.123)
    text = moment_text(later)
    assert text == (
        "87/100  loss 2.498 + 2.079  top-1 12.3%  rate 0.00012  1234 images/s  2 h 02 min left"
    )
    assert len(text) <= 88


def test_the_end_names_figures_and_pictures_that_could_not_be_used() -> None:
    last = {"loss": 0.5, "top_1": 0.8, "top_5": 1.0}
    bad = {f"cat/{number}.jpg": "it is cut off" for number in range(7)}
    found = TrainingResult(
        Path("run"), 30, last, {**last, "top_1": 0.9, "step": 20}, bad, Path("run/w.safetensors")
    )
    lines = finished_text(found).splitlines()
    assert lines[0] == "validation: top-1 80.00%, top-5 100.00%, cross-entropy 0.5000 nats"
    assert lines[1].startswith("best, after step 20: top-1 90.00%")
    assert lines[2:4] == ["7 pictures could not be used:", "  cat/0.jpg: it is cut off"]
    assert lines[-2:] == ["  and 2 more", "wrote run/w.safetensors"]
