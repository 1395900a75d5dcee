"""Predictions as text, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json

from inceptionspec.diagnostics.diagnostic import finding
from inceptionspec.prediction.results import Member, Prediction, Predictions, Row
from inceptionspec.reports.predictions.csv import to_csv
from inceptionspec.reports.predictions.json import to_json
from inceptionspec.reports.predictions.text import to_text
from inceptionspec.reports.results import PredictionResult

MEMBER = Member("InceptionV3", "ab" * 32, "v3.ckpt", "tensorflow")
FOUND = Predictions(
    (
        Prediction("a.jpg", (Row(3, "tabby, tabby cat", 0.91234567), Row(0, "tench", 0.05))),
        Prediction("\x1b[1mb.jpg", (Row(1, "=1+1", 0.5), Row(2, "x" * 100, 0.25))),
    ),
    (finding("E0715", "`c.jpg` cannot be read: it is damaged", "c.jpg"),),
    (MEMBER,),
    1,
)


def test_text_fits_a_terminal_and_is_inert() -> None:
    text = to_text(FOUND)
    assert text == (
        "a.jpg\n"
        "  0.9123  tabby, tabby cat\n"
        "  0.0500  tench\n"
        "\\u001b[1mb.jpg\n"
        "  0.5000  =1+1\n"
        f"  0.2500  {'x' * 67}...\n"
    )
    assert max(map(len, text.splitlines())) == 80


def test_text_says_what_it_is_the_mean_of() -> None:
    members = (MEMBER, MEMBER)
    one = (Prediction("a.jpg", (Row(3, "", 1.0),)),)
    assert to_text(Predictions(one, (), members, 144)) == (
        "a.jpg\n  1.0000  class 3\nmean of 2 networks, 144 crops of each picture\n"
    )


def test_nothing_is_no_text() -> None:
    assert to_text(Predictions((), FOUND.skipped, (MEMBER, MEMBER), 10)) == ""


def test_json_has_everything() -> None:
    data = json.loads(to_json(FOUND))
    assert data["schema"] == "inceptionspec.predictions/1"
    assert data["networks"] == [MEMBER._asdict()]
    assert data["pictures"][0] == {
        "picture": "a.jpg",
        "classes": [
            {"class": 3, "label": "tabby, tabby cat", "probability": 0.9123457},
            {"class": 0, "label": "tench", "probability": 0.05},
        ],
    }
    assert data["skipped"] == [
        {"picture": "c.jpg", "code": "E0715", "message": "`c.jpg` cannot be read: it is damaged"}
    ]
    unknown = Predictions((Prediction("a", (Row(0, "", 1.0),)),), (), (MEMBER,), 1)
    assert json.loads(to_json(unknown))["pictures"][0]["classes"][0]["label"] is None


def test_csv_has_a_row_for_each_class_and_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(FOUND))))
    assert [(row["rank"], row["class"], row["probability"]) for row in rows] == [
        ("1", "3", "0.9123457"), ("2", "0", "0.0500000"),
        ("1", "1", "0.5000000"), ("2", "2", "0.2500000"),
    ]  # fmt: skip
    assert rows[0]["picture"] == "a.jpg"
    assert rows[2]["label"] == "'=1+1"


def test_a_result_counts_and_shows_pictures() -> None:
    result = PredictionResult.of(FOUND)
    assert (len(result), next(one.picture for one in result)) == (2, "a.jpg")
    assert repr(result) == "<PredictionResult of InceptionV3: 2 pictures, 1 skipped>"
    assert result.to_text() == to_text(FOUND)


def test_a_probability_that_is_no_number_is_null() -> None:
    one = (Prediction("a.jpg", (Row(0, "", float("nan")),)),)
    (picture,) = json.loads(to_json(Predictions(one, (), (MEMBER,), 1)), parse_constant=str)[
        "pictures"
    ]
    assert picture["classes"][0]["probability"] is None
