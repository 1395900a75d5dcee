"""The likeliest classes of pictures: the mean over crops and networks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.diagnostics.source import Span
from inceptionspec.export.labels import fitted_labels
from inceptionspec.pictures.reading import find_pictures, read_picture
from inceptionspec.prediction.ensemble import likeliest
from inceptionspec.prediction.loop import (
    BATCH,
    STAGE,
    Progress,
    answers,
    ready_models,
    refuse_misfits,
)
from inceptionspec.prediction.model import Network
from inceptionspec.prediction.results import Prediction, Predictions, Row


def predict(
    networks: Sequence[Network],
    pictures: Iterable[Any],
    place: Span,
    *,
    top: int = 5,
    labels: Sequence[str] | None = None,
    labels_file: str = "labels",
    count: int = 1,
    batch: int = BATCH,
    progress: Progress | None = None,
) -> Predictions:
    """The likeliest classes of pictures: the mean over crops and networks.

    Args:
        networks: that are shown the pictures; they have the same classes.
        pictures: paths of files and folders, Pillow's images, arrays of bytes.
        place: what findings about networks and labels show.
        top: how many classes are told of each picture.
        labels: names of classes; those of the first network that has some by default.
        labels_file: what findings call the labels.
        count: how many crops of each picture are shown, one of ``crops.CROPS``.
        batch: how many inputs are computed at once, at most.
        progress: is told of each picture.

    Raises:
        SpecError: labels do not fit (E0716), the networks have other classes than each other
            (E0805), Pillow is not installed (E0704), or weights cannot be read.
    """
    refuse_misfits(networks, place, count)
    labeled = _names(networks, labels, labels_file, place)
    found, unread = find_pictures(pictures)
    models = ready_models(networks, len(found), count, batch) if found else []
    skipped: dict[int, Diagnostic] = {}
    rows: dict[int, tuple[Row, ...]] = {}
    show = progress or (lambda stage, done, total: None)

    def read(index: int, channels: int) -> Any:
        return read_picture(found[index], channels)

    names = [picture.name for picture in found]
    with closing(answers(models, names, read, count=count, batch=batch)) as shown:
        for index, answer in shown:
            if isinstance(answer, Diagnostic):
                skipped[index] = answer
            else:
                rows[index] = _rows(answer.mean(0), labeled, top)
            show(STAGE, len(rows) + len(skipped), len(found))
    return Predictions(
        tuple(Prediction(found[index].name, rows[index]) for index in sorted(rows)),
        (*(skipped[index] for index in sorted(skipped)), *unread),
        tuple(model.member for model in models),
        count,
    )


def _names(
    networks: Sequence[Network], labels: Sequence[str] | None, file: str, place: Span
) -> Sequence[str]:
    """A label for each class, empty where none are known."""
    first = networks[0]
    if labels is not None:
        return fitted_labels(labels, first.classes, file, place)
    own = next((network.labels for network in networks if network.labels), None)
    return own or [""] * first.classes


def _rows(values: Any, names: Sequence[str], top: int) -> tuple[Row, ...]:
    return tuple(
        Row(number, names[number], float(values[number])) for number in likeliest(values, top)
    )
