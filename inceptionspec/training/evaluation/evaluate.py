"""Networks on labeled pictures, which are shown to them as ``specbuild predict`` shows them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import numpy as np

from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding, spec_error
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.export.labels import fitted_labels
from inceptionspec.pictures.reading import PictureRef, read_picture, unreadable
from inceptionspec.prediction.loop import (
    BATCH,
    STAGE,
    Progress,
    answers,
    ready_models,
    refuse_misfits,
)
from inceptionspec.prediction.model import Network
from inceptionspec.training.data.examples import BadPictureError, Examples
from inceptionspec.training.evaluation.classes import in_another_order, match_classes, own_labels
from inceptionspec.training.evaluation.labeled_data import LabeledData
from inceptionspec.training.evaluation.outcomes import Outcomes
from inceptionspec.training.evaluation.results import Evaluated, Evaluation


def evaluate(
    networks: Sequence[Network],
    data: LabeledData,
    place: Span,
    *,
    labels: Sequence[str] | None = None,
    labels_file: str = "labels",
    count: int = 1,
    batch: int = BATCH,
    progress: Progress | None = None,
) -> Evaluation:
    """How good networks are, each alone and the mean of their probabilities.

    Args:
        networks: that are shown the pictures; they have the same classes.
        data: the pictures.
        place: where findings about networks and classes point.
        labels: names of the networks' classes; those that came with them by default.
        labels_file: what findings call the labels.
        count: how many crops of each picture are shown, one of ``crops.CROPS``.
        batch: how many inputs are computed at once, at most.
        progress: is told of each picture.

    Raises:
        SpecError: classes do not fit (E0916, E0716), the networks do not fit each other (E0805),
            no picture can be read (E0715), a probability is not a number (E0914), Pillow is not
            installed (E0704), or weights cannot be read.
    """
    refuse_misfits(networks, place, count)
    first, examples = networks[0], data.examples
    if labels is not None:
        names: Sequence[str] | None = fitted_labels(labels, first.classes, labels_file, place)
    else:
        names = own_labels(networks, place)
    matched = match_classes(data.classes, first, names, place)
    models = ready_models(networks, len(examples.labels), count, batch)
    outcomes = Outcomes(np.asarray(matched.numbers)[examples.labels], len(models))
    skipped: dict[int, Diagnostic] = {}
    show = progress or (lambda stage, done, total: None)

    def read(index: int, channels: int) -> Any:
        return _read(examples, index, channels)

    pictures = [examples.name(index) for index in range(len(examples.labels))]
    with closing(answers(models, pictures, read, count=count, batch=batch)) as shown:
        for done, (index, answer) in enumerate(shown, start=1):
            if isinstance(answer, Diagnostic):
                skipped[index] = answer
            elif not np.isfinite(answer).all():
                raise _not_a_number(networks, answer, examples.name(index), place)
            else:
                outcomes.add(index, answer)
            show(STAGE, done, len(pictures))
    findings = tuple(skipped[index] for index in sorted(skipped))
    if not outcomes.count:
        raise SpecError(findings)
    figures, disagreement = outcomes.figures()
    confusion = outcomes.confusion(first.classes).tolist()
    return Evaluation(
        data.what,
        data.digest,
        outcomes.count,
        count,
        figures[0],
        outcomes.classes(matched.labels),
        tuple(map(tuple, confusion)),
        outcomes.bins(),
        tuple(Evaluated(model.member, one) for model, one in zip(models, figures[1:], strict=True)),
        disagreement,
        findings,
        (*matched.notes, *in_another_order(confusion)),
    )


def _read(examples: Examples, index: int, channels: int) -> Any:
    """A picture of the data, as ``specbuild predict`` reads it.

    Raises:
        SpecError: it cannot be used (E0715).
    """
    name = examples.name(index)
    try:
        return read_picture(PictureRef(name, examples.picture(index)), channels)
    except (BadPictureError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
    if name in reason:  # it is a finding's message
        raise SpecError([finding("E0715", reason, shortened(name, 80))])
    raise SpecError([unreadable(name, reason)])


def _not_a_number(networks: Sequence[Network], answer: Any, name: str, place: Span) -> SpecError:
    number = int(np.flatnonzero(~np.isfinite(answer).all(1))[0])
    return spec_error(
        "E0914",
        f"`{shortened(networks[number].name, 80)}` has a probability that is not a number for "
        f"`{shortened(name, 80)}`",
        place,
        "its weights may hold such numbers: train it again, with a lower rate",
    )
