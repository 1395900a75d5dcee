"""What surrounds a layer: its path, its block, branch and head, and what names mean there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from inceptionspec.frontend.expansion.tree import Scope, join
from inceptionspec.frontend.reading.document import Map

_NONE: Mapping[str, int] = MappingProxyType({})


class Surroundings(NamedTuple):
    """Where a layer stands.

    What is ``repeated`` stands in a part whose name was given before.

    Attributes:
        path: of the innermost scope that has a name.
        written: the same before calls renamed anything.
        scope: of the innermost block, part or head.
        branch: of the innermost branch.
        head: the name of the head.
        entry: the tensor that comes into the innermost block; None outside of blocks.
        incoming: what the name `input` reads: the entry, what the head reads, or the input.
        allowed: the warnings that do not hold here.
        renames: what each call around it renames, with its written path, the outermost first.
        arguments: the tensors that arguments of the block name.
        handed: those that the member of a repeat before hands to the next one.
    """

    path: str = ""
    written: str = ""
    scope: str = ""
    branch: str = ""
    head: str = ""
    entry: int | None = None
    incoming: int = 0
    allowed: frozenset[str] = frozenset()
    repeated: bool = False
    renames: tuple[tuple[str, Map], ...] = ()
    arguments: Mapping[str, int] = _NONE
    handed: Mapping[str, int] = _NONE

    def inside(self, scope: Scope, tensor: int) -> Surroundings:
        """What surrounds the layers of a scope that reads a tensor."""
        path = join(self.path, scope.name)
        written = join(self.written, scope.written or scope.name)
        is_block = scope.kind != "branch" and bool(scope.name)
        counts_input = scope.kind == "block" or (
            scope.kind == "part" and (bool(scope.name) or scope.residual or scope.body_of_block)
        )
        branch = "" if is_block else self.branch
        renames = scope.item.get("rename") if scope.kind == "block" else None
        return Surroundings(
            path=path,
            written=written,
            scope=path if is_block else self.scope,
            branch=path if scope.kind == "branch" and scope.name else branch,
            head=self.head,
            entry=tensor if counts_input else self.entry,
            incoming=tensor if counts_input else self.incoming,
            allowed=self.allowed.union(scope.allow),
            repeated=self.repeated,
            renames=(*self.renames, (written, renames)) if renames else self.renames,
            arguments=self.arguments,
        )

    def meanings(self, name: str) -> list[str]:
        """The paths that a name may stand for here, those of the innermost scope first."""
        if name.startswith("/"):
            return [name[1:]]
        found, level = [], self.written
        while True:
            found.append(self._final(join(level, name)))
            if not level:
                return found
            level = level.rpartition("/")[0]

    def _final(self, path: str) -> str:
        """A path as it is after all renames, given as the definitions around it write it."""
        for call, names in reversed(self.renames):
            if path.startswith(f"{call}/"):
                path = join(call, _renamed(path[len(call) + 1 :], names))
        return path


def _renamed(path: str, names: Map) -> str:
    """A path inside a call after its renames, whose keys are paths before them."""
    before: list[str] = []
    after: list[str] = []
    for element in path.split("/"):
        before.append(element)
        after.append(names.get("/".join(before), element))
    return "/".join(after)
