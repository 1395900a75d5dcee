"""Moves to a variant: what fits is kept, and the result is a spec that was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inceptionspec.diagnostics.codes import CODES
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.settings import DEFAULT_SETTINGS
from inceptionspec.moves.draft import Draft, Step, drafted, place_of, reasons, refuse_shared
from inceptionspec.moves.record import KINDS, Kind, Move
from inceptionspec.moves.site import Base
from inceptionspec.moves.writer import Writer

#: Places of one move that are tried alone to find those that do not fit the rest.
_MOST_TRIED = 200
_UNFIT = "the network would not fit together"


@dataclass(frozen=True, slots=True)
class Moved:
    """What one move did.

    Attributes:
        move: the move.
        at: the pattern; empty for everywhere.
        paths: the places that it changed, as keys of `override`.
        left: the places that the pattern matches and that do not qualify, each with the reason.
        kind: what it did to the network.
    """

    move: Move
    at: str
    paths: tuple[str, ...]
    left: tuple[tuple[str, str], ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant that moves made of a network.

    Attributes:
        text: the spec, in the canonical layout.
        base: the network that it extends, under its own settings.
        loaded: the variant, read from the text.
        moved: what each move did, in order.
    """

    text: str
    base: LoadedSpec
    loaded: LoadedSpec
    moved: tuple[Moved, ...]

    @property
    def kind(self) -> Kind:
        """The most that any of its moves did to the network."""
        return max((one.kind for one in self.moved), key=KINDS.index)


def rewrite(
    loaded: LoadedSpec,
    steps: Sequence[Step],
    *,
    name: str,
    extends: str,
    file: Path | None = None,
) -> Variant:
    """The variant that some moves make of a network.

    Args:
        loaded: the base. Moves are decided under its own settings, whatever it was loaded with.
        steps: the moves; no two may change the same place.
        name: what the variant is called.
        extends: how the variant names its base.
        file: where the variant goes, from which its base is found; None if the base is built in.

    Raises:
        SpecError: there is no such move (E0806), a pattern matches nothing (E0806), nothing that
            it matches qualifies (E0950), two moves change the same (E0951), or what comes out is
            no network (E0952).
    """
    if loaded.settings != DEFAULT_SETTINGS:
        loaded = load_spec(loaded.source, DEFAULT_SETTINGS, loaded.limits)
    base = Base(loaded)
    drafts = [drafted(base, step) for step in steps]
    refuse_shared(drafts)
    writer = Writer(base, name, extends, file)
    variant = writer.read(writer.text(drafts))
    if isinstance(variant, Diagnostic):
        drafts = [_without_unfit(writer, draft) for draft in drafts]
        variant = writer.read(writer.text(drafts))
    if isinstance(variant, Diagnostic):
        raise SpecError([_unfit_together(drafts, variant)])
    if writer.forget_arguments(variant):
        variant = writer.read(writer.text(drafts))
        assert not isinstance(variant, Diagnostic)  # nothing read them
    text = variant.source.text or ""
    return Variant(text, loaded, variant, tuple(_moved(draft) for draft in drafts))


def _without_unfit(writer: Writer, draft: Draft) -> Draft:
    """A draft without the changes that do not even fit alone."""
    if len(draft.changes) > _MOST_TRIED:
        return draft
    kept, left = [], list(draft.left)
    for one in draft.changes:
        found = writer.read(writer.draft_text([draft._replace(changes=(one,))]))
        if isinstance(found, Diagnostic):
            left.append((one.site.key, _why(found)))
        else:
            kept.append(one)
    if not kept:
        raise SpecError([_fits_nowhere(draft, left)])
    return draft._replace(changes=tuple(kept), left=tuple(left))


def _why(found: Diagnostic) -> str:
    if not found.primary.span.source.text:
        return found.message
    return f"{_UNFIT} ({found.code}, {CODES[found.code].title})"


def _fits_nowhere(draft: Draft, left: Sequence[tuple[str, str]]) -> Diagnostic:
    return Diagnostic(
        "E0952",
        f"wherever `{draft.move.name}` is asked for, {_UNFIT}",
        Label(place_of(draft.step)),
        helps=(f"it takes {draft.move.where}",),
        notes=tuple(reasons(left)),
    )


def _unfit_together(drafts: Sequence[Draft], found: Diagnostic) -> Diagnostic:
    moves = listed([draft.move.name for draft in drafts])
    return Diagnostic(
        "E0952",
        f"after {moves}, {_UNFIT}",
        Label(place_of(drafts[0].step)),
        helps=("take fewer places, with a narrower pattern",),
        notes=(f"{found.code}: {found.message}",),
    )


def _moved(draft: Draft) -> Moved:
    kind = max((one.kind for one in draft.changes), key=KINDS.index)
    paths = tuple(one.site.key for one in draft.changes)
    return Moved(draft.move, draft.step.at, paths, draft.left, kind)
