"""Evaluations as text, JSON, CSV, and a confusion matrix in a file."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from inceptionspec.diagnostics.diagnostic import SpecError, finding
from inceptionspec.diagnostics.source import external
from inceptionspec.prediction.results import Member
from inceptionspec.reports.evaluation.confusion import refuse_confusion, write_confusion
from inceptionspec.reports.evaluation.csv import confusion_csv, to_csv
from inceptionspec.reports.evaluation.json import to_json
from inceptionspec.reports.evaluation.text import MOST_CLASSES, to_text
from inceptionspec.reports.results import EvaluationResult
from inceptionspec.training.evaluation.results import (
    Bin,
    ClassFigures,
    Disagreement,
    Evaluated,
    Evaluation,
    Figures,
    Interval,
)

FIGURES = Figures(Interval(0.75, 0.5, 1.0), Interval(1, 1, 1), Interval(0.25, 0.125, 0.5), 0.0625)
FIRST = Evaluated(Member("V3", "ab" * 32, "runs/member-1/weights.safetensors", "none"), FIGURES)
SECOND = Evaluated(Member("V3", "ab" * 32, "x" * 60 + ".ckpt", "none"), FIGURES)
FOUND = Evaluation(
    data="validation of flowers",
    digest="cd" * 32,
    pictures=4,
    crops=1,
    figures=FIGURES,
    classes=(
        ClassFigures(0, "=1+1", 2, 1, 2, 1),
        ClassFigures(1, "\x1b[1mrose", 2, 2, 2, 3),
        ClassFigures(2, "", 0, 0, 0, 0),
    ),
    confusion=((1, 1, 0), (0, 2, 0), (0, 0, 0)),
    bins=(Bin(0, 0.5, 0, 0, 0), Bin(0.5, 1, 4, 0.8, 0.75)),
    members=(FIRST,),
    disagreement=None,
    skipped=(finding("E0715", "`c.jpg` cannot be read: it is damaged", "c.jpg"),),
    notes=("the data has no pictures of 1 of 3 classes",),
)
BOTH = replace(
    FOUND,
    members=(FIRST, SECOND),
    disagreement=Disagreement(0.5, 0.25, Interval(0.125, -0.125, 0.25)),
    crops=10,
)


def test_text_says_figures_with_intervals_and_conventions() -> None:
    assert to_text(FOUND) == (
        "V3\n"
        "4 pictures of 3 classes, validation of flowers\n"
        "1 more could not be read\n"
        "the data has no pictures of 1 of 3 classes\n"
        "\n"
        "                     figure  95 % interval\n"
        "-------------------------------------------------\n"
        "top-1               75.00 %  50.00 % to 100.00 %\n"
        "top-5              100.00 %  100.00 % to 100.00 %\n"
        "loss (nats)          0.2500  0.1250 to 0.5000\n"
        "calibration error    6.25 %\n"
        "\n"
        "class          pictures    top-1    top-5  precision  most often taken for\n"
        "--------------------------------------------------------------------------\n"
        "=1+1                  2   50.0 %  100.0 %    100.0 %  \\u001b[1mrose (1)\n"
        "\\u001b[1mrose         2  100.0 %  100.0 %     66.7 %\n"
        "\n"
        "confidence      pictures  mean confidence    right\n"
        "--------------------------------------------------\n"
        "0.500 to 1.000         4          80.00 %  75.00 %\n"
        "\n"
        "One crop of each picture counts. Intervals are of a bootstrap over pictures\n"
        "(2,000 resamples): they say what other pictures would change, not what another\n"
        "training would.\n"
        "Confidence is the probability of the likeliest class, in 2 bins; the calibration\n"
        "error is how far bins are off, on average over pictures.\n"
    )


def test_an_ensemble_tells_each_member_and_how_they_differ() -> None:
    text = to_text(BOTH)
    assert text.startswith("the mean of 2 networks: V3\n")
    assert "runs/member-1  " in text  # the folder of a run, not the file in it
    assert "\n..." + "x" * 16 + ".ckpt  " in text  # the end of a path
    assert "top-1 of the mean less the mean top-1: +12.50 points (-12.50 to +25.00)" in text
    assert "do not all agree on 50.00 % of the pictures; two of them differ on 25.00 %" in text
    assert "The mean of 10 crops of each picture counts." in text
    assert max(map(len, text.splitlines())) <= 80


def test_no_line_is_longer_than_a_terminal() -> None:
    """Whatever names, counts and notes there are."""
    long = replace(
        BOTH,
        data="all of " + "d" * 200,
        notes=("n" * 200,),
        pictures=1_000_000,
        classes=tuple(
            ClassFigures(number, f"{number}" + "y" * 60, 1_000_000, 1_000_000, 1_000_000, 1_000_000)
            for number in range(3)
        ),
        confusion=((0, 1_000_000, 0), (0, 0, 1_000_000), (1_000_000, 0, 0)),
    )
    assert max(map(len, to_text(long).splitlines())) <= 80


def test_of_many_classes_the_worst_are_shown() -> None:
    count = MOST_CLASSES + 1
    many = replace(
        FOUND,
        classes=tuple(ClassFigures(n, f"c{n}", 100, n, 100, 100) for n in range(count)),
        confusion=tuple(tuple(0 for _ in range(count)) for _ in range(count)),
    )
    text = to_text(many)
    assert "c0 " in text
    assert "c19 " in text
    assert "c20 " not in text
    assert "the 20 classes of 41 with the lowest top-1; `--format csv` has all" in text


@pytest.mark.parametrize(("value", "words"), [(1.0, "Every top-1"), (0.0, "No top-1")])
def test_an_interval_without_width_is_explained(value: float, words: str) -> None:
    figures = FIGURES._replace(top_1=Interval(value, value, value))
    text = " ".join(to_text(replace(FOUND, figures=figures, pictures=100)).split())
    assert f"{words} prediction is right, which no bootstrap can vary" in text
    assert "by the rule of three up to 3.00 %" in text
    assert "rule of three" not in to_text(FOUND)


def test_json_has_all_that_is_known() -> None:
    data = json.loads(to_json(BOTH))
    assert data["schema"] == "inceptionspec.evaluation/1"
    assert data["figures"]["top_1"] == {"value": 0.75, "low": 0.5, "high": 1.0}
    assert data["confusion"] == [[0, 0, 1], [0, 1, 1], [1, 1, 2]]
    assert data["classes"][2] == {
        "class": 2, "label": None, "pictures": 0, "right": 0, "in_top_5": 0, "predicted": 0
    }  # fmt: skip
    assert [one["weights"] for one in data["networks"]] == [
        FIRST.member.weights,
        "x" * 60 + ".ckpt",
    ]
    assert data["disagreement"]["gain"] == {"value": 0.125, "low": -0.125, "high": 0.25}
    assert data["skipped"][0]["code"] == "E0715"
    assert json.loads(to_json(FOUND))["disagreement"] is None


def test_csv_has_a_row_for_each_class_and_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(FOUND))))
    assert rows[0]["label"] == "'=1+1"
    assert (rows[0]["top_1"], rows[0]["precision"]) == ("0.500000", "1.000000")
    assert (rows[2]["top_1"], rows[2]["top_5"], rows[2]["precision"]) == ("", "", "")


def test_the_confusion_matrix_as_csv() -> None:
    rows = list(csv.reader(io.StringIO(confusion_csv(FOUND))))
    assert [row[1:] for row in rows[1:]] == [["1", "1", "0"], ["0", "2", "0"], ["0", "0", "0"]]
    assert rows[0][0] == "class"
    assert rows[0][1:] == [row[0] for row in rows[1:]]
    assert rows[0][3] == "class 2"


@pytest.mark.parametrize("suffix", [".svg", ".png", ".csv"])
def test_the_confusion_matrix_in_a_file_is_the_same_each_time(tmp_path: Path, suffix: str) -> None:
    if suffix != ".csv":
        pytest.importorskip("matplotlib")
    files = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for file in files:
        EvaluationResult.of(FOUND).save_confusion(str(file))
    first, second = (file.read_bytes() for file in files)
    assert first == second
    start = {".svg": b"<?xml", ".png": b"\x89PNG", ".csv": b"class,"}
    assert first.startswith(start[suffix])


def test_the_picture_has_the_names_and_nothing_that_acts(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "a.svg"
    named = replace(FOUND, classes=tuple(one._replace(label="<b>$x$") for one in FOUND.classes))
    write_confusion(named, str(file), external("x"))
    text = file.read_text(encoding="utf-8")
    assert "<b>" not in text
    assert "&lt;b&gt;$x$" in text


@pytest.mark.parametrize(("file", "words"), [("a.pdf", "cannot end in `.pdf`"), ("a", "no suffix")])
def test_a_suffix_that_is_unknown(file: str, words: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        refuse_confusion(file, external("x"))
    assert caught.value.findings[0].code == "E0804"


def test_the_result_prints_itself() -> None:
    result = EvaluationResult.of(FOUND)
    assert str(result) == to_text(FOUND).rstrip("\n")
    assert repr(result) == "<EvaluationResult of V3: top-1 75.00% of 4 pictures, 1 skipped>"
