"""An evaluation as CSV: a row for each class, or the confusion matrix."""

from __future__ import annotations

import csv
import io

from inceptionspec.reports.evaluation.text import name
from inceptionspec.reports.summary.csv import cell
from inceptionspec.training.evaluation.results import Evaluation

COLUMNS = (
    "class", "label", "pictures", "right", "in_top_5", "predicted", "top_1", "top_5", "precision",
)  # fmt: skip


def to_csv(found: Evaluation) -> str:
    """A row for each class; a share of nothing is left empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in found.classes:
        top_5 = one.in_top_5 / one.pictures if one.pictures else None
        writer.writerow(
            (
                one.number, cell(one.label), one.pictures, one.right, one.in_top_5, one.predicted,
                *("" if share is None else f"{share:.6f}"
                  for share in (one.recall, top_5, one.precision)),
            )
        )  # fmt: skip
    return out.getvalue()


def confusion_csv(found: Evaluation) -> str:
    """A row for each class, and in it how many of its pictures are predicted as each class."""
    names = [cell(name(one)) for one in found.classes]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["class", *names])
    for label, row in zip(names, found.confusion, strict=True):
        writer.writerow([label, *row])
    return out.getvalue()
