"""Bases and moves to what variants start from: a moved base is the text that ``rewrite`` writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError, spec_error
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import Span
from inceptionspec.moves.draft import Step, find_move
from inceptionspec.moves.reference import base_reference
from inceptionspec.moves.variant import rewrite
from inceptionspec.sweep.bases import OpenBase, calls_of
from inceptionspec.sweep.knobs import MOVE, UNMOVED, Setting
from inceptionspec.sweep.records import Refusal

MOST_MOVED = 256
"""The most moved bases: each is written and read before the sweep starts."""
_NO_MATCH = "E0806"


def moved_bases(bases: Sequence[OpenBase], settings: Sequence[Setting]) -> tuple[OpenBase, ...]:
    """What variants start from: for each base, what each value of ``move`` makes of it.

    Where a move does not qualify, the variants that start there are refused.

    Raises:
        SpecError: there is no such move, or a pattern matches nothing in any base (E0806); a value
            has no pattern after ``@`` (E0931); there are too many (E0932); a base is no file
            (E0313).
    """
    setting = next((one for one in settings if one.name == MOVE), None)
    if setting is None:
        return tuple(bases)
    if len(bases) * len(setting.values) > MOST_MOVED:
        message = f"`{MOVE}` makes more than {MOST_MOVED} bases"
        raise spec_error("E0932", message, setting.place, "name fewer moves, or fewer specs")
    steps = {value: _steps(value, setting.place_of(value)) for value in setting.values}
    found: list[OpenBase] = []
    unmatched: dict[str, list[Diagnostic]] = {}
    for base in bases:
        extends = (
            base_reference(base.loaded.source, None, setting.place) if any(steps.values()) else ""
        )
        for value in setting.values:
            try:
                found.append(_moved(base, value, steps[value], extends))
            except SpecError as error:
                first = error.findings[0]
                if first.code == _NO_MATCH:
                    unmatched.setdefault(value, []).append(first)
                found.append(_refused(base, value, first))
    nowhere = {value: some[0] for value, some in unmatched.items() if len(some) == len(bases)}
    if nowhere:
        raise SpecError(
            [replace(one, primary=Label(setting.place_of(at))) for at, one in nowhere.items()]
        )
    return tuple(found)


def _steps(value: str, place: Span) -> tuple[Step, ...]:
    """The moves of a value such as ``squeeze-excite@blocks.*+separable``."""
    if value == UNMOVED:
        return ()
    steps = []
    for part in value.split("+"):
        name, at, pattern = (text.strip() for text in part.partition("@"))
        if at and not pattern:
            message = f"`{sanitize(part)}` has no pattern after `@`"
            raise spec_error("E0931", message, place, f"`{sanitize(name)}` alone is for all places")
        steps.append(Step(find_move(name, place).name, pattern))
    return tuple(steps)


def _moved(base: OpenBase, value: str, steps: Sequence[Step], extends: str) -> OpenBase:
    if not steps:
        return base
    path = base.loaded.source.path
    assert path is not None  # or nothing could extend it
    file = path.with_name("variant.yaml")  # from where its base is found; nothing is written
    variant = rewrite(base.loaded, steps, name=base.texts.name, extends=extends, file=file)
    calls, repeats = calls_of(variant.loaded)
    files = ((f"{MOVE}={value}", variant.text), *base.texts.files)
    texts = base.texts._replace(files=files, move=value)
    return replace(base, texts=texts, calls=calls, repeats=repeats)


def _refused(base: OpenBase, value: str, found: Diagnostic) -> OpenBase:
    """A base that is none; why is said as a variant says it."""
    reason = ": ".join((found.message, *found.notes[:1]))
    refusal = Refusal(found.code, sanitize(reason), sanitize(f"{MOVE}={value}"), None)
    return replace(
        base, texts=base.texts._replace(move=value, refusal=refusal), calls={}, repeats=()
    )
