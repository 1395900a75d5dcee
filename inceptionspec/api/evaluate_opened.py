"""Networks that are open, on labeled pictures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from inceptionspec.api.arguments import class_names
from inceptionspec.diagnostics.source import external

if TYPE_CHECKING:
    from inceptionspec.reports.results import EvaluationResult


def evaluate_opened(
    networks: Sequence[Any],
    runs: Sequence[Any],
    data: str | tuple[Any, Any],
    labels: str | Sequence[str] | None,
    crops: int | None,
    batch: int,
) -> EvaluationResult:
    """Networks that are open, on data that may be that of runs."""
    from inceptionspec.reports.results import EvaluationResult
    from inceptionspec.training.evaluation.evaluate import evaluate
    from inceptionspec.training.evaluation.finished import stated_crops
    from inceptionspec.training.evaluation.labeled_data import labeled_arrays, open_labeled_data

    place = external("evaluate")
    if isinstance(data, (str, os.PathLike)):
        pictures = open_labeled_data(os.fspath(data), runs, external(f"data={data!r}"))
    else:
        pictures = labeled_arrays(*data, external("data"))
    return EvaluationResult.of(
        evaluate(
            networks,
            pictures,
            place,
            labels=class_names(labels),
            labels_file=labels if isinstance(labels, str) else "labels",
            count=stated_crops(runs) if crops is None else crops,
            batch=batch,
        )
    )
