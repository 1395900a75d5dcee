"""Moves to drafts: what each changes, place by place, and what it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError, spec_error
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.expansion.tree import join
from inceptionspec.frontend.language.forms import DELETE
from inceptionspec.moves.record import Kind, Move, UnfitError
from inceptionspec.moves.site import Base, Site
from inceptionspec.moves.table import MOVES

#: How far inside of what a pattern matches something is looked for that qualifies.
_DEEPEST = 3


class Step(NamedTuple):
    """A move and where it is asked for; without a pattern it is for all places that qualify."""

    move: str
    at: str = ""


class Change(NamedTuple):
    """A change of one path, with what it needs besides."""

    site: Site
    key: str
    change: Any
    kind: Kind
    sections: Mapping[str, Any]


class Draft(NamedTuple):
    """A move, its changes, and the places that it left."""

    step: Step
    move: Move
    changes: tuple[Change, ...]
    left: tuple[tuple[str, str], ...]


def find_move(name: str, place: Span) -> Move:
    """The move of a name.

    Raises:
        SpecError: there is none (E0806).
    """
    if name in MOVES:
        return MOVES[name]
    shown = shortened(name)
    helps = did_you_mean(name, MOVES) or (f"moves are {listed(tuple(MOVES))}",)
    more = "`specbuild rewrite --list` explains each"
    raise spec_error("E0806", f"there is no move `{shown}`", place, *helps, more)


def place_of(step: Step) -> Span:
    """Where a finding about a move points: its options."""
    at = f" --at {step.at}" if step.at else ""
    return external(f"--move {shortened(step.move, 80)}{shortened(at, 120)}")


def drafted(base: Base, step: Step) -> Draft:
    """The changes of a move, one for each place that qualifies."""
    place = place_of(step)
    move = find_move(step.move, place)
    sites = base.matched(step.at, place) if step.at else _everywhere(base, move)
    changes, left = _edits(base, move, sites)
    if not changes:
        raise SpecError([_nothing_qualifies(base, move, step, left)])
    # Without a pattern nobody asked for what does not qualify.
    return Draft(step, move, tuple(changes), tuple(left) if step.at else ())


def _edits(
    base: Base, move: Move, sites: Sequence[Site]
) -> tuple[list[Change], list[tuple[str, str]]]:
    """The changes of places that qualify, and why the others do not."""
    changes: list[Change] = []
    left: list[tuple[str, str]] = []
    for site in sites:
        try:
            edit = move.edit(base, site)
        except UnfitError as error:
            left.append((site.key, str(error)))
            continue
        key = join(site.key, edit.inside)
        changes.append(Change(site, key, edit.change, edit.kind or move.kind, edit.sections))
    return changes, left


def _everywhere(base: Base, move: Move) -> list[Site]:
    if move.default is not None:
        return move.default(base)
    return [site for key, site in base.sites.items() if key in base.layers]


def _nothing_qualifies(
    base: Base, move: Move, step: Step, left: Sequence[tuple[str, str]]
) -> Diagnostic:
    where = f"of what `{shortened(step.at)}` matches" if step.at else "of the network"
    return Diagnostic(
        "E0950",
        f"nothing {where} qualifies for the move `{move.name}`",
        Label(place_of(step)),
        helps=(f"it takes {move.where}", *_deeper(base, move, step)),
        notes=tuple(reasons(left)) if step.at else (),
    )


def _deeper(base: Base, move: Move, step: Step) -> tuple[str, ...]:
    """A pattern of what is inside of what was matched, where some of that qualifies."""
    if not step.at or " " in step.at:
        return ()
    for depth in range(1, _DEEPEST + 1):
        inside = step.at + "/*" * depth
        try:
            changes, _ = _edits(base, move, base.matched(inside, place_of(step)))
        except SpecError:  # it matches nothing
            return ()
        if changes:
            return (f"`--at '{shortened(inside)}'` matches what is inside",)
    return ()


def reasons(left: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Why places do not qualify, those with the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for path, reason in left:
        by_reason.setdefault(reason, []).append(path)
    for reason, paths in by_reason.items():
        shown = paths[:3]
        more = f" and {len(paths) - len(shown):,} more" if len(paths) > len(shown) else ""
        yield f"{', '.join(f'`{path}`' for path in shown)}{more}: {reason}"


def refuse_shared(drafts: Sequence[Draft]) -> None:
    """Refuse moves that change the same place, or change inside what another one replaces."""
    taken: dict[str, tuple[Draft, Any]] = {}
    for draft in drafts:
        for one in draft.changes:
            for path in _with_parents(_final_paths(one)):
                other = taken.get(path)
                if other is None or other[0] is draft:
                    continue
                if path in _final_paths(one) or _is_replaced(other[1]):
                    raise SpecError([_twice(path, other[0], draft)])
        for one in draft.changes:
            taken |= dict.fromkeys(_final_paths(one), (draft, one.change))


def _final_paths(one: Change) -> list[str]:
    inside = one.key.removeprefix(one.site.key).lstrip("/")
    return [join(place.path, inside) for place in one.site.places]


def _with_parents(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        elements = path.split("/")
        for count in range(len(elements), 0, -1):
            yield "/".join(elements[:count])


def _is_replaced(change: Any) -> bool:
    return change == DELETE or "replace" in change


def _twice(path: str, first: Draft, second: Draft) -> Diagnostic:
    return Diagnostic(
        "E0951",
        f"two moves change `{shortened(path)}`",
        Label(place_of(second.step), f"`{second.move.name}` does"),
        (Label(place_of(first.step), f"`{first.move.name}` does"),),
        helps=("write the variant of the first to a file, and move on from there",),
    )
