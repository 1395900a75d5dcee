"""Predictions as CSV: a row for each class of each picture."""

from __future__ import annotations

import csv
import io

from inceptionspec.prediction.results import Predictions
from inceptionspec.reports.summary.csv import cell

COLUMNS = ("picture", "rank", "class", "label", "probability")


def to_csv(predictions: Predictions) -> str:
    """The rows, under a line of titles."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for picture in predictions.pictures:
        for rank, row in enumerate(picture.rows, start=1):
            writer.writerow(
                (
                    cell(picture.picture),
                    rank,
                    row.number,
                    cell(row.label),
                    f"{row.probability:.7f}",
                )
            )
    return out.getvalue()
