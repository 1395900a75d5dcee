"""Which pictures networks are tested with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from inceptionspec.diagnostics.source import Span
from inceptionspec.training.data.arrays import checked_arrays
from inceptionspec.training.data.examples import Examples
from inceptionspec.training.data.open import open_data
from inceptionspec.training.evaluation.finished import FinishedRun


class LabeledData(NamedTuple):
    """Pictures with labels, none of which a run among the networks was trained on.

    Fields:
        classes: the names of the classes, in the order of their numbers.
        examples: the pictures.
        what: which pictures of what they are, to show.
        digest: SHA-256 of the data.
    """

    classes: tuple[str, ...]
    examples: Examples
    what: str
    digest: str


def open_labeled_data(reference: str, runs: Sequence[FinishedRun], place: Span) -> LabeledData:
    """The pictures that a user names.

    The part of the data that validates counts, or all of it where it has no such part. Of the
    data that a run was trained on, only what the run held out counts.

    Args:
        reference: the path.
        runs: those whose networks are tested.
        place: where findings point.

    Raises:
        SpecError: there is no such data (E0911).
    """
    share = next((run.validation for run in runs), 0.0)
    data = open_data(reference, place, share=share)
    seen = any(run.data_digest == data.digest for run in runs)
    if data.notes and not seen:  # the part that validates was split off, and need not be
        data = open_data(reference, place, share=0)
    if data.validation is None:
        return LabeledData(data.classes, data.train, f"all of {reference}", data.digest)
    what = f"what the run held out of {reference}" if data.notes else f"validation of {reference}"
    return LabeledData(data.classes, data.validation, what, data.digest)


def labeled_arrays(pictures: Any, labels: Any, place: Span) -> LabeledData:
    """Pictures and labels from Python.

    Raises:
        SpecError: they are none (E0911).
    """
    from hashlib import sha256

    examples = checked_arrays("the arrays", pictures, labels, place)
    classes = tuple(str(number) for number in range(int(examples.labels.max()) + 1))
    return LabeledData(classes, examples, "arrays", sha256(examples.fingerprint()).hexdigest())
