"""Names to tensors: what `from`, heads and further names read, and what is wrong where none is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import MOST_SEARCHES, suggested
from inceptionspec.frontend.expansion.conditions import left_out
from inceptionspec.frontend.expansion.spec import Removed
from inceptionspec.frontend.expansion.tree import dropped_at
from inceptionspec.frontend.language.arguments import unknown
from inceptionspec.frontend.language.forms import argument_name
from inceptionspec.frontend.linking.flat import INPUT_PATH, FlatNetwork
from inceptionspec.frontend.linking.surroundings import Surroundings

# At most this many removed layers in a row are skipped to find one that is left.
_MOST_REMOVED = 100


class Reader(NamedTuple):
    """Something that reads a tensor by name, and where it says so.

    Attributes:
        what: what it is called in a sentence.
        span: where the name is written.
        path: its own path, if it is an entry.
        called_at: the calls that led to it.
        change: how an override lets it read another path, which stands for ``{}``.
    """

    what: str
    span: Span
    path: str = ""
    called_at: tuple[Span, ...] = ()
    change: str = ""


class Sources:
    """Finds tensors by name while a network is flattened.

    Args:
        flat: the network, whose ``names`` grow from entry to entry.
        places: where each name is written.
        findings: what is wrong is added to them.
    """

    def __init__(self, flat: FlatNetwork, places: Mapping[str, Span], findings: Findings) -> None:
        self.flat = flat
        self.places = places
        self.findings = findings
        self._names: dict[int, str] = {}
        self._unread: list[tuple[str, Reader, Surroundings]] = []

    # Entries

    def claim(self, path: str, tensor: int) -> None:
        """Remember the latest name of a tensor, which is its outermost so far."""
        self._names[tensor] = path

    def read(self, name: str, reader: Reader, around: Surroundings) -> int:
        """The tensor of a name in an entry: an earlier one, `input`, or that of an argument.

        What names nothing is explained when all names are known, and reads what comes in.
        """
        tensor = self._found(name, around)
        if tensor is None:
            self._unread.append((name, reader, around))
            return around.incoming
        return tensor

    def _found(self, name: str, around: Surroundings) -> int | None:
        if name == INPUT_PATH:
            return around.incoming
        argument = argument_name(name)
        if argument is not None:
            return around.arguments.get(argument)
        names = self.flat.names
        return next((names[path] for path in around.meanings(name) if path in names), None)

    def text(self, tensor: int, around: Surroundings) -> str:
        """The shortest name that an entry can read a tensor by, where nothing is renamed."""
        if tensor == around.incoming:
            return INPUT_PATH
        here = around._replace(written=around.path, renames=())
        path = self._names[tensor]
        elements = path.split("/")
        for first in reversed(range(len(elements))):
            name = "/".join(elements[first:])
            if name != INPUT_PATH and self._found(name, here) == tensor:
                return name
        return f"/{path}"

    def explain(self) -> None:
        """Add a finding for each name that an entry could not read."""
        for name, reader, around in self._unread:
            finding = self._finding(name, reader, around)
            calls = tuple(Label(span, "called here") for span in reader.called_at)
            self.findings.append(replace(finding, labels=(*finding.labels, *calls)))

    def _finding(self, name: str, reader: Reader, around: Surroundings) -> Diagnostic:
        if argument_name(name) is not None:
            return unknown(name, reader.span, {}, self.findings)
        meanings = around.meanings(name)
        later = next((path for path in meanings if path in self.flat.names), None)
        if later is not None:
            return self._too_early(name, later, reader, around)
        for path in meanings:
            gone = self._gone(path, name, reader)
            if gone is not None:
                return gone
        known: set[str] = set()
        if len(self.findings) < MOST_SEARCHES:
            index = self.flat.names.get(reader.path, len(self.flat.layers))
            earlier = [path for path, tensor in self.flat.names.items() if tensor < index]
            known = {*earlier, *_relative(earlier, around.path)}
        helps, notes = suggested(name, sorted(known), self.findings)
        message = f"{reader.what} reads `{shortened(name)}`, which does not exist"
        return Diagnostic(
            "E0308", message, Label(reader.span, "not the name of anything here"), (), helps, notes
        )

    def _too_early(self, name: str, path: str, reader: Reader, around: Surroundings) -> Diagnostic:
        """The finding that an entry reads itself, what it stands in, or what comes after it."""
        labels: tuple[Label, ...] = ()
        if path == reader.path:
            what, help_ = "itself", "name an entry before it"
        elif reader.path.startswith(f"{path}/"):
            what = f"`{shortened(name)}`, which it is a part of"
            help_ = f"`{INPUT_PATH}` is what comes into the block around it"
        else:
            what = f"`{shortened(name)}`, which comes after it"
            help_ = f"move it behind `{shortened(name)}`: data flows in the order of the file"
            labels = (Label(self.places[path], "written here"),)
        return Diagnostic(
            "E0316",
            f"{reader.what} reads {what}",
            Label(reader.span, "not computed yet"),
            labels,
            helps=(help_,),
        )

    # Heads and further names

    def path(self, path: str, reader: Reader) -> int:
        """The tensor of a whole path."""
        # Heads come before the further names are given, and may read one of them.
        target = path if path in self.flat.names else self.flat.spec.end_points.get(path, path)
        if target in self.flat.names:
            return self.flat.names[target]
        gone = self._gone(path, path, reader)
        if gone is not None:
            self.findings.append(gone)
            return 0
        helps, notes = suggested(path, self.flat.names, self.findings)
        message = f"{reader.what} reads `{shortened(path)}`, which does not exist"
        label = Label(reader.span, "not a path of the network")
        self.findings.append(Diagnostic("E0308", message, label, (), helps, notes))
        return 0

    # What is gone

    def _gone(self, path: str, name: str, reader: Reader) -> Diagnostic | None:
        """The finding for a path that an override or a condition took away.

        Args:
            name: what the reader says.
        """
        removed = self._removed(path)
        if removed is not None:
            return self._reads_what_is_gone(name, reader, removed)
        dropped = dropped_at(self.flat.tree, path)
        if dropped is None:
            return None
        help_ = "read another one, or let the argument keep it"
        if reader.path and reader.called_at == dropped.called_at:
            help_ = f"write `when: {dropped.item['when']}` here too, or read another one"
        return left_out(name, reader.span, f"{reader.what} reads it", dropped, help_)

    def _reads_what_is_gone(self, name: str, reader: Reader, gone: Removed) -> Diagnostic:
        """The finding that an override removed what something reads.

        It is at the override, if the reader is written in another file: there it can be mended.
        """
        there = gone.span.source is not reader.span.source
        what = "renames" if gone.renamed else "removes"
        reads = Label(reader.span, f"{reader.what} reads it")
        removal = Label(gone.span, f"{what[:-1]}d here")
        helps: tuple[str, ...] = ()
        if gone.instead and (reader.change or not there):
            written = f"write {reader.change.replace('{}', gone.instead)} under `override`"
            helps = (written if there else f"read `{gone.instead}` instead",)
        return Diagnostic(
            "E0308",
            f"{reader.what} reads `{shortened(name)}`, which an override {what}",
            removal if there else reads,
            (reads if there else removal,),
            helps,
        )

    def _removed(self, path: str) -> Removed | None:
        """The override that removed a path or what it stood in, and what is left to read."""
        removed, found = self.flat.spec.removed, None
        while path and path not in removed:
            path = path.rpartition("/")[0]
        for _ in range(_MOST_REMOVED):
            if path not in removed:
                break
            found = found or removed[path]
            path = removed[path].instead
        if found is None:
            return None
        return found._replace(instead=path if path in self.flat.names else "")


def _relative(paths: Sequence[str], scope: str) -> set[str]:
    """Paths as they can be written in a scope, or in one around it."""
    found: set[str] = set()
    while scope:
        found.update(path[len(scope) + 1 :] for path in paths if path.startswith(f"{scope}/"))
        scope = scope.rpartition("/")[0]
    return found
