"""The confusion matrix of an evaluation in a file: CSV, or a picture."""

from __future__ import annotations

import os

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.drawing.plot.confusion import FORMATS, draw_confusion, import_matplotlib
from inceptionspec.reports.evaluation.csv import confusion_csv
from inceptionspec.reports.evaluation.text import counted, name
from inceptionspec.training.evaluation.results import Evaluation
from inceptionspec.utils.atomic_write import check_writable, write_file

CSV = ".csv"
SUFFIXES = (CSV, *FORMATS)


def refuse_confusion(file: str, place: Span) -> str:
    """Check before any work is done that a confusion matrix can be written there.

    Returns:
        the suffix in lower case.

    Raises:
        SpecError: it has another suffix (E0804), cannot be written (E0803), or is a picture and
            matplotlib is not installed (E0704).
    """
    suffix = os.path.splitext(file)[1].lower()
    if suffix not in SUFFIXES:
        shown = shortened(suffix or file, 40)
        what = (
            f"a confusion matrix cannot end in `{shown}`" if suffix else f"`{shown}` has no suffix"
        )
        helps = (*did_you_mean(suffix, SUFFIXES), f"suffixes are {listed(SUFFIXES)}")
        raise spec_error("E0804", what, place, *helps)
    check_writable(file, place)
    if suffix != CSV:
        import_matplotlib()
    return suffix


def write_confusion(found: Evaluation, file: str, place: Span) -> None:
    """Write the matrix.

    Raises:
        SpecError: as ``refuse_confusion`` does.
    """
    suffix = refuse_confusion(file, place)
    if suffix == CSV:
        content = confusion_csv(found).encode("utf-8", "backslashreplace")
    else:
        names = ", ".join(dict.fromkeys(one.member.name for one in found.members))
        title = f"{names}, {counted(found.pictures, 'picture')}"
        content = draw_confusion(
            title, [name(one) for one in found.classes], found.confusion, suffix
        )
    write_file(file, content, place)
