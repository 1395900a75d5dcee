"""What every move must have, and what it answers for one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from inceptionspec.moves.site import Base, Site

#: Keys and values as YAML has them.
Data = Mapping[str, Any]
#: What a move does to a network: ``equivalent`` computes the same at inference with the weights
#: that follow, ``approximate`` keeps weights but other outputs come out, and in a
#: ``new architecture`` some layers start fresh.
Kind = Literal["equivalent", "approximate", "new architecture"]
KINDS: tuple[Kind, ...] = ("equivalent", "approximate", "new architecture")

_NOTHING: Data = MappingProxyType({})


class UnfitError(Exception):
    """A place that a move does not take; the message says why, as `its kernel is 1x1`."""


class Edit(NamedTuple):
    """What a move changes at one place.

    Attributes:
        change: the change under `override`.
        kind: what it does to the network, where that is less than the move may do.
        inside: the path, inside the place, of what changes; empty for the place itself.
        sections: what the variant needs besides: `blocks`, `defaults` or `input`.
    """

    change: Any
    kind: Kind | None = None
    inside: str = ""
    sections: Data = _NOTHING


@dataclass(frozen=True, slots=True)
class Move:
    """A change of networks that a paper describes.

    Attributes:
        name: what `--move` takes.
        doc: what it does, in a line.
        source: the paper and its section.
        where: where it is allowed, as a noun phrase.
        kind: the most that it does to a network.
        edit: the change at a place; raises UnfitError where the place does not qualify.
        default: all places that it may take without a pattern; every layer if None.
    """

    name: str
    doc: str
    source: str
    where: str
    kind: Kind
    edit: Callable[[Base, Site], Edit]
    default: Callable[[Base], list[Site]] | None = None
