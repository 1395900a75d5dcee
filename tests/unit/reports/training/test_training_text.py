"""A run in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from inceptionspec.reports.training.text import finished_text, forecast_text, moment_text
from inceptionspec.training.forecast import Forecast
from inceptionspec.training.loop import Moment
from inceptionspec.training.train import TrainingResult


def test_a_moment_of_two_heads_fits_a_terminal() -> None:
    heads = {"AuxLogits": 2.4981, "Logits": 2.0789}
    first = Moment(1, 5000, 1, 100, 3.384, heads, 1e-3, None, None, None)
    assert moment_text(first) == "1/100  loss 2.498 + 2.079  rate 0.001"
    later = Moment(4300, 5000, 87, 100, 3.384, heads, 0.000123, 1234.5, 7300.0, 0.123)
    assert moment_text(later) == (
        "87/100  loss 2.498 + 2.079  top-1 12.3%  1234 images/s  2 h 02 min left"
    )
    assert moment_text(later, 90) == (
        "87/100  loss 2.498 + 2.079  top-1 12.3%  rate 0.00012  1234 images/s  2 h 02 min left"
    )


@pytest.mark.parametrize(
    ("heads", "text"),
    [
        (2, "987/1000  loss 12.500 + 12.500  top-1 99.9%  123456 images/s  123 h 10 min left"),
        (3, "987/1000  loss 12.500 + 12.500 + 12.500  top-1 99.9%  123 h 10 min left"),
        (9, "987/1000  loss 22.500  top-1 99.9%  123 h 10 min left"),
    ],
)
def test_a_moment_leaves_out_what_does_not_fit(heads: int, text: str) -> None:
    losses = {f"An_auxiliary_head_with_a_long_name_{number}": 12.5 for number in range(heads)}
    moment = Moment(9, 99, 987, 1000, 22.5, losses, 1.2e-5, 123456.0, 443400.0, 0.999)
    assert moment_text(moment) == text
    assert len(text) <= 80


@pytest.mark.parametrize("columns", [20, 40, 60, 80])
def test_a_moment_is_as_wide_as_asked(columns: int) -> None:
    moment = Moment(9, 99, 987, 1000, 1e9, dict.fromkeys("abc", 1e9), 1e-5, 1e6, 4e6, 0.999)
    assert len(moment_text(moment, columns)) <= columns


def test_how_long_it_will_take() -> None:
    assert forecast_text(Forecast(29_000, 0.4123)) == (
        "29,000 steps of 0.41 s, as measured: about 3 h 19 min, validation apart"
    )
    assert forecast_text(Forecast(1, 12.3)).startswith("1 step of 12 s, as measured: about 12 s")


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
