"""A spec after its bases, as the expander takes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.language.arguments import Argument
from inceptionspec.frontend.reading.document import Map, Seq

#: The key of a change to a definition as a whole, among changes to what is in it.
ITSELF = ""


class Removed(NamedTuple):
    """Where an override takes something away, and the path that stands for it then, if any.

    What was ``renamed`` is there under that path.
    """

    span: Span
    instead: str = ""
    renamed: bool = False


class PatternMatch(NamedTuple):
    """What a pattern under ``override`` matched.

    ``missed`` are what its first element with a star matches, but nothing inside of.
    """

    key: str
    span: Span
    paths: tuple[str, ...]
    missed: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Spec:
    """A spec after its bases: all sections are complete, overrides by path are not yet applied.

    ``files`` are its documents, the variant first. ``overrides`` holds one
    mapping of final paths for each file that has any, the base's first; ``inside`` the
    overrides of a block's definition, by block, in which ``ITSELF`` stands for the definition.
    ``headless`` is the place of ``main: none``.
    ``deleted_args`` stay in ``args``, since the base is expanded before its layers are
    overridden, and cannot be set. Applying the overrides fills ``removed``, by path, and
    ``patterns``, in file order.
    """

    files: tuple[Map, ...]
    input: Map
    width: Map
    args: dict[str, Argument]
    defaults: dict[str, Map]
    blocks: dict[str, tuple[Map, Span]]
    network: Seq
    heads: dict[str, tuple[Map, Span]]
    end_points: Map
    budget: Map
    main: tuple[str, Span] | None
    checkpoint_scope: str
    overrides: list[Map] = field(default_factory=list)
    inside: dict[str, list[Map]] = field(default_factory=dict)
    headless: Span | None = None
    deleted_args: dict[str, Span] = field(default_factory=dict)
    removed: dict[str, Removed] = field(default_factory=dict)
    patterns: list[PatternMatch] = field(default_factory=list)
    limits: Limits = DEFAULT_LIMITS

    def __repr__(self) -> str:
        return f"<Spec {sanitize(self.name)}: {len(self.files)} files>"

    @property
    def document(self) -> Map:
        """The file that was asked for."""
        return self.files[0]

    @property
    def name(self) -> str:
        """What the network calls itself."""
        return str(self.document["name"])

    @property
    def expect(self) -> Map | None:
        """The contracts of the file that was asked for; a variant does not inherit contracts."""
        return self.document.get("expect")
