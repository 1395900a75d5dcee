"""W0103: layers that no head needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from inceptionspec.checks.warnings.places import name_of_entry
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.frontend.expansion.tree import Layer, Scope, join
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.traversal import ancestors

#: A finding about many dead layers names at most this many.
_NAMED = 3


class _Unit(NamedTuple):
    """A dead layer, or a call or part whose layers are all dead."""

    path: str
    place: Span
    called_at: tuple[Span, ...]


def dead_layers(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0103: layers that lead nowhere are trained by nothing, yet take time and memory.

    A network without heads is a trunk for others to use: all of it is meant. All dead
    layers are one finding, since they are dead for one reason, as a rule.
    """
    flat = loaded.flat
    if not flat.heads:
        return
    ends = [head.output if head.predictions is None else head.predictions for head in flat.heads]
    ends += [flat.names[name] for name in loaded.spec.end_points]
    needed = set(ancestors(flat.layers, ends))
    dead = {
        layer.path
        for index, layer in enumerate(flat.layers)
        if index not in needed and layer.inputs and "W0103" not in layer.allowed
    }
    if not dead:
        return
    _, units = _dead_units(loaded.tree, "", dead)
    names = [unit.path for unit in units]
    more = len(names) - _NAMED
    what = f"`{'`, `'.join(names[:_NAMED])}` and {more} more" if more > 0 else listed(names)
    first, *others = units[:_NAMED]
    yield Diagnostic(
        "W0103",
        f"no head needs {what}",
        Label(first.place, "computed for nothing"),
        (
            *(Label(unit.place, "and this") for unit in others),
            *(Label(span, "called here") for span in first.called_at),
        ),
        helps=("remove it, let a head read it, or name it under `end_points`",),
    )


def _dead_units(scope: Scope, path: str, dead: set[str]) -> tuple[bool, list[_Unit]]:
    """Whether everything in a scope is dead, and the outermost things inside that are."""
    units: list[_Unit] = []
    whole = True
    for child in [*scope.children, *([scope.merge] if scope.merge else [])]:
        own = join(path, child.name)
        unit = _Unit(own, name_of_entry(child.item), child.called_at)
        if isinstance(child, Layer):
            inside, found = own in dead, [unit] if own in dead else []
        else:
            inside, found = _dead_units(child, own, dead)
            if inside and found and child.name and child.kind != "branch":
                found = [unit]
        whole = whole and inside
        units += found
    return whole, units
