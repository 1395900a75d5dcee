"""An evaluation as text of 80 columns: figures, members, classes, calibration, conventions."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from inceptionspec.backends.engines import FLOAT32
from inceptionspec.bench.measure.bootstrap import RESAMPLES, SHARE
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.prediction.results import Member
from inceptionspec.reports.table import Column, Row, Table, plain
from inceptionspec.training.evaluation.results import ClassFigures, Evaluation, Interval
from inceptionspec.training.run_files import WEIGHTS

WIDTH = 80
MOST_CLASSES = 40
"""Of more classes only some are shown."""
_SHOWN = 20
_LONGEST_CLASS, _LONGEST_MISTAKE, _LONGEST_FILE = 18, 20, 24
"""Such that all columns fit."""
_OF_THREE = 3


def to_text(found: Evaluation) -> str:
    """All that was found, one table below the other."""
    parts = [_opening(found), plain(_figures(found))]
    if len(found.members) > 1:
        parts.append(plain(_members(found)))
    parts += [plain(_classes(found)), plain(_calibration(found)), "\n".join(_conventions(found))]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _opening(found: Evaluation) -> str:
    names = ", ".join(dict.fromkeys(one.member.name for one in found.members))
    several = f"the mean of {len(found.members)} networks: " if len(found.members) > 1 else ""
    lines = [
        f"{several}{names}",
        f"{counted(found.pictures, 'picture')} of {len(found.classes):,} classes, {found.data}",
        *(f"{len(found.skipped):,} more could not be read" for _ in found.skipped[:1]),
        *dict.fromkeys(_computed(one.member) for one in found.members if _is_reduced(one.member)),
        *found.notes,
    ]
    return "\n".join(shortened(sanitize(line), WIDTH) for line in lines)


def _is_reduced(member: Member) -> bool:
    return member.precision != FLOAT32


def _computed(member: Member) -> str:
    return f"computed by {member.engine} in {member.precision}"


def _figures(found: Evaluation) -> Table:
    figures = found.figures
    rows = (
        ("top-1", _percent(figures.top_1.value), _percents(figures.top_1)),
        ("top-5", _percent(figures.top_5.value), _percents(figures.top_5)),
        ("loss (nats)", f"{figures.loss.value:.4f}", _numbers(figures.loss)),
        ("calibration error", _percent(figures.calibration_error), ""),
    )
    columns = (Column(""), Column("figure", True), Column(f"{SHARE} % interval"))
    return Table("", columns, rows, ())


def _members(found: Evaluation) -> Table:
    rows = [
        (
            _ended(one.member.weights.removesuffix("/" + WEIGHTS) or one.member.name),
            _percent(one.figures.top_1.value),
            _percents(one.figures.top_1),
            _percent(one.figures.top_5.value),
            f"{one.figures.loss.value:.4f}",
        )
        for one in found.members
    ]
    columns = (
        Column("network alone"), Column("top-1", True), Column(f"{SHARE} % interval"),
        Column("top-5", True), Column("loss", True),
    )  # fmt: skip
    differ = found.disagreement
    assert differ is not None
    gain = differ.gain
    foot = (
        f"top-1 of the mean less the mean top-1: {_points(gain.value)} points "
        f"({_points(gain.low)} to {_points(gain.high)})",
        f"they do not all agree on {_percent(differ.any)} of the pictures; "
        f"two of them differ on {_percent(differ.pairs)}",
    )
    return Table("", columns, tuple(rows), tuple(_wrapped(foot)))


def _classes(found: Evaluation) -> Table:
    shown: Sequence[ClassFigures] = [one for one in found.classes if one.pictures or one.predicted]
    foot: tuple[str, ...] = ()
    if len(shown) > MOST_CLASSES:
        worst = sorted(shown, key=lambda one: (one.recall is None, one.recall or 0.0, one.number))
        foot = (f"the {_SHOWN} classes of {len(shown):,} with the lowest top-1; "
                "`--format csv` has all",)  # fmt: skip
        shown = worst[:_SHOWN]
    columns = (
        Column("class"), Column("pictures", True), Column("top-1", True), Column("top-5", True),
        Column("precision", True), Column("most often taken for"),
    )  # fmt: skip
    return Table("", columns, tuple(_class(found, one) for one in shown), foot)


def _class(found: Evaluation, one: ClassFigures) -> Row:
    return (
        shortened(sanitize(name(one)), _LONGEST_CLASS),
        f"{one.pictures:,}",
        _share(one.recall),
        _share(one.in_top_5 / one.pictures if one.pictures else None),
        _share(one.precision),
        _mistake(found, one),
    )


def _mistake(found: Evaluation, one: ClassFigures) -> str:
    """What pictures of a class are taken for most often, and how many; of equals the first."""
    others = [
        (count, -number)
        for number, count in enumerate(found.confusion[one.number])
        if count and number != one.number
    ]
    if not others:
        return ""
    count, number = max(others)
    times = f" ({count:,})"
    taken = sanitize(name(found.classes[-number]))
    return f"{shortened(taken, _LONGEST_MISTAKE - len(times))}{times}"


def _calibration(found: Evaluation) -> Table:
    rows = tuple(
        (
            f"{one.low:.3f} to {one.high:.3f}",
            f"{one.pictures:,}",
            _percent(one.confidence),
            _percent(one.accuracy),
        )
        for one in found.bins
        if one.pictures
    )
    columns = (
        Column("confidence"), Column("pictures", True), Column("mean confidence", True),
        Column("right", True),
    )  # fmt: skip
    return Table("", columns, rows, ())


def _conventions(found: Evaluation) -> Iterator[str]:
    crops = "One crop" if found.crops == 1 else f"The mean of {found.crops} crops"
    yield from _wrapped([
        f"{crops} of each picture counts. Intervals are of a bootstrap over pictures "
        f"({RESAMPLES:,} resamples): they say what other pictures would change, not what another "
        "training would.",
        f"Confidence is the probability of the likeliest class, in {len(found.bins)} bins; the "
        "calibration error is how far bins are off, on average over pictures.",
    ])  # fmt: skip
    figure = found.figures.top_1.value
    if figure in (0.0, 1.0):
        what = "Every" if figure else "No"
        yield from _wrapped([
            f"{what} top-1 prediction is right, which no bootstrap can vary: by the rule of three "
            f"up to {_percent(min(_OF_THREE / found.pictures, 1.0))} of other pictures may "
            f"{'not be' if figure else 'be'}."
        ])  # fmt: skip


def _wrapped(paragraphs: Sequence[str]) -> Iterator[str]:
    for text in paragraphs:
        yield from textwrap.wrap(text, WIDTH)


def name(one: ClassFigures) -> str:
    """What a class is called."""
    return one.label or f"class {one.number}"


def _ended(file: str) -> str:
    """The end of a path, which tells files apart."""
    return file if len(file) <= _LONGEST_FILE else f"...{file[3 - _LONGEST_FILE :]}"


def counted(count: int, word: str) -> str:
    """A number of things."""
    return f"{count:,} {word}{'s' * (count != 1)}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _points(share: float) -> str:
    return f"{100 * share:+.2f}"


def _percents(one: Interval) -> str:
    return f"{100 * one.low:.2f} % to {100 * one.high:.2f} %"


def _numbers(one: Interval) -> str:
    return f"{one.low:.4f} to {one.high:.4f}"
