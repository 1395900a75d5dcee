"""Pages that a picture fits, with letters that are read: which folds, lines and direction.

A page of a paper is read at 7 points, as the captions of most journals are; a slide at 12 of
the 1080 lines of a projector.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding
from inceptionspec.drawing.diagram.density import TIGHT
from inceptionspec.drawing.diagram.header import Header, header
from inceptionspec.drawing.diagram.options import (
    DIRECTIONS,
    Fold,
    Options,
    PageName,
)
from inceptionspec.drawing.diagram.placing import arranged, place
from inceptionspec.drawing.diagram.plan import Plan, plan_of
from inceptionspec.drawing.diagram.repeats import collapsed
from inceptionspec.drawing.diagram.scene import Scene
from inceptionspec.drawing.diagram.sheet import Sheet
from inceptionspec.drawing.diagram.view import View, part
from inceptionspec.drawing.diagram.wrapping import wrapped


@dataclass(frozen=True, slots=True)
class Paper:
    """A page in points of 1/72 inch.

    Attributes:
        margin: around the picture.
        least, most: the smallest letters that are read on it, and the largest that look well.
        words: its name for messages.
        unit: what letters are counted in, and how many of it are a point.
        ends: whether the page ends where the picture does.
    """

    width: float
    height: float
    margin: float
    least: float
    most: float
    words: str
    unit: tuple[str, float] = ("pt", 1.0)
    ends: bool = False


PAPERS: Mapping[PageName, Paper] = MappingProxyType(
    {
        "a4": Paper(595.0, 842.0, 24.0, 7.0, 11.0, "a page of A4"),
        "slide": Paper(960.0, 540.0, 14.0, 6.0, 11.0, "a slide of 1920x1080", ("px", 2.0)),
        "column": Paper(252.0, 684.0, 1.0, 7.0, 9.0, "a column of a paper", ends=True),
    }
)
MOST_LINES = 12
"""The most lines that are tried."""
MOST_PARTS = 6
"""The most blocks that are tried alone."""
TURNED = 1.1
"""A picture to the right is chosen where its letters are larger by this much."""


class Fitted(NamedTuple):
    """What is drawn on a page."""

    scene: Scene
    header: Header
    sheet: Sheet


class _Trial(NamedTuple):
    """One way to fit a page: letters in points, and what makes it."""

    letters: float
    view: View
    options: Options
    lines: int


def fitted(view: View, options: Options, values: Mapping[str, float] | None) -> Fitted:
    """The picture on the page of the options, with the most detail that can be read there.

    Raises:
        SpecError: E0830 where no detail that the options leave can.
    """
    assert options.page is not None
    paper = PAPERS[options.page]
    best: _Trial | None = None
    for trial in _trials(view, options, values, paper):
        if best is None or trial.letters > best.letters:
            best = trial
        if trial.letters >= paper.least:
            return _drawn(trial, values, paper)
    raise SpecError([_too_much(view, options, values, best)])


def _trials(
    view: View, options: Options, values: Mapping[str, float] | None, paper: Paper
) -> Iterator[_Trial]:
    """The best way for each amount of detail, the most first."""
    folds: tuple[Fold, ...] = ("layers", "branches", "network")
    for fold in folds if options.fold is None else (options.fold,):
        given = options.collapse_repeats
        for once in (False, True) if given is None else (given,):
            chosen = replace(options, fold=fold, collapse_repeats=once)
            shown = collapsed(view, outermost=fold == "network") if once else view
            if once and given is None and shown is view:
                continue
            trial = _best(shown, chosen, values, paper)
            if trial is not None:
                yield trial


def _best(
    view: View, options: Options, values: Mapping[str, float] | None, paper: Paper
) -> _Trial | None:
    """The direction and the number of lines with the largest letters."""
    best: _Trial | None = None
    directions = DIRECTIONS if options.direction is None else (options.direction,)
    for direction in directions:
        chosen = replace(options, direction=direction)
        plan = plan_of(view, chosen, TIGHT, values)
        if plan.structure is None:
            return None
        for lines in _numbers_of_lines(options, plan):
            letters = _letters(view, plan, chosen, lines, paper)
            turned = best is not None and best.options.direction != direction
            if best is None or letters > best.letters * (TURNED if turned else 1.001):
                best = _Trial(letters, view, chosen, lines)
    return best


def _numbers_of_lines(options: Options, plan: Plan) -> Iterable[int]:
    """What is tried; edges over other boxes go along one line."""
    if plan.structure is not None and plan.structure.skips:
        return (1,)
    return (options.wrap,) if options.wrap > 1 else range(1, MOST_LINES + 1)


def _letters(view: View, plan: Plan, options: Options, lines: int, paper: Paper) -> float:
    """The size in points of the smallest letters."""
    structure, sizes = plan.structure, plan.sizes
    assert structure is not None
    if lines > 1:
        structure, torn = wrapped(structure, sizes, plan.boxes, plan.frames, lines)
        rooms = dict(sizes.titles) | {new: sizes.titles[old] for new, old in torn.items()}
        sizes = replace(sizes, titles=rooms)
    layout = arranged(structure, sizes, plan.boxes)
    if layout is None:
        return 0.0
    along, across = layout.along, layout.low + layout.high
    size = (across, along) if plan.direction == "TB" else (along, across)
    top = _header(view, plan, options, size, paper)
    return TIGHT.small * _scale(size, top, paper)


def _header(
    view: View, drawn: Plan | Scene, options: Options, size: tuple[float, float], paper: Paper
) -> Header:
    """The header: as wide as the picture, or as its page where that is wider."""
    across, down = paper.width - 2 * paper.margin, paper.height - 2 * paper.margin
    width = max(size[0], size[1] * across / down, across * TIGHT.text / paper.most)
    return header(view, drawn.paint, drawn.theme, drawn.density, width,
                  title=options.title, legend=options.legend)  # fmt: skip


def _scale(size: tuple[float, float], top: Header, paper: Paper) -> float:
    """Points to a unit."""
    width, height = max(size[0], top.width), size[1] + top.height
    return min(
        (paper.width - 2 * paper.margin) / width,
        (paper.height - 2 * paper.margin) / height,
        paper.most / TIGHT.text,
    )


def _drawn(trial: _Trial, values: Mapping[str, float] | None, paper: Paper) -> Fitted:
    """The picture, in the middle of its page."""
    scene = place(plan_of(trial.view, trial.options, TIGHT, values), trial.lines)
    width, height = scene.extent
    top = _header(trial.view, scene, trial.options, (width, height), paper)
    scale = _scale((width, height), top, paper)
    margin = paper.margin / scale
    room = paper.height / scale - 2 * margin - top.height - height
    page_height = paper.height - (room * scale if paper.ends else 0)
    left = max(0.0, (paper.width / scale - max(width, top.width)) / 2)
    down = margin + (0 if paper.ends else room / 2)
    return Fitted(scene, top, Sheet(scale, (paper.width, page_height), margin, left, down))


# What does not fit


def _too_much(
    view: View, options: Options, values: Mapping[str, float] | None, best: _Trial | None
) -> Diagnostic:
    """What would be read on the page, or which page it would be read on."""
    assert options.page is not None
    paper = PAPERS[options.page]
    place_ = f"--page {options.page}"
    helps = _what_would(view, options, values)
    if best is None:
        message = f"`{view.name}` has no rows that could be fitted to {paper.words}"
        without = "leave out `--page`: the layout of Graphviz has its own size"
        return finding("E0831", message, place_, *helps, without)
    message = (
        f"the letters of `{view.name}` would be {_size(best.letters, paper)} high on "
        f"{paper.words}, and are read from {_size(paper.least, paper)} on"
    )
    return finding("E0830", message, place_, *helps)


def _what_would(view: View, options: Options, values: Mapping[str, float] | None) -> Iterator[str]:
    """Options that fit, each tried, with the size of their letters."""
    assert options.page is not None
    found = _less(view, options, values)
    if found:
        yield found
    for name in PAPERS:
        trial = _readable(view, options, values, name) if name != options.page else None
        if trial is not None:
            yield _would(f"--page {name}", trial, PAPERS[name])
            break
    if options.only is None and (path := _first_part(view, options, values)):
        yield f"`--only {path}` would fit"


def _less(view: View, options: Options, values: Mapping[str, float] | None) -> str:
    """The least that is to be left out, in words; empty if nothing helps."""
    assert options.page is not None
    free: Options = replace(options, fold=None, collapse_repeats=None, direction=None, wrap=1)
    for title, legend in ((options.title, options.legend), (options.title, False), (False, False)):
        tried = replace(free, title=title, legend=legend)
        trial = _readable(view, tried, values, options.page)
        if trial is not None:
            chosen = trial.options
            words = [f"--fold {chosen.fold}"] if chosen.fold != options.fold else []
            words += ["--collapse-repeats"] if chosen.collapse_repeats else []
            words += [f"--direction {chosen.direction}"] if options.direction else []
            words += [f"--wrap {trial.lines}"] if options.wrap > 1 else []
            words += ["--no-title"] if title != options.title else []
            words += ["--no-legend"] if legend != options.legend else []
            return _would(" ".join(words), trial, PAPERS[options.page])
    return ""


def _would(words: str, trial: _Trial, paper: Paper) -> str:
    return f"`{words}` would fit, with letters of {_size(trial.letters, paper)}"


def _first_part(view: View, options: Options, values: Mapping[str, float] | None) -> str:
    """The first block or head that fits as it is asked for; empty if none of a few does."""
    assert options.page is not None
    blocks = [block.path for block in view.graph.blocks if "/" not in block.path]
    heads = [head.name for head in view.graph.heads]
    for path in dict.fromkeys([*blocks[:MOST_PARTS], *heads]):
        try:
            found = _readable(part(view, path), options, values, options.page)
        except SpecError:  # as two networks that are drawn next to each other
            continue
        if found is not None:
            return path
    return ""


def _readable(
    view: View, options: Options, values: Mapping[str, float] | None, page: PageName
) -> _Trial | None:
    """The most that can be read on a page."""
    paper = PAPERS[page]
    trials = _trials(view, options, values, paper)
    return next((trial for trial in trials if trial.letters >= paper.least), None)


def _size(letters: float, paper: Paper) -> str:
    unit, each = paper.unit
    return f"{math.floor(letters * each * 10) / 10:.1f} {unit}"
