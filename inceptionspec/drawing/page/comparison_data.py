"""Two networks as the data of one page: the layers of both, and what is different.

The keys are those of one network (see the package), with these in addition:

``states`` by path: ``added``, ``removed``, ``changed`` or ``training``, none for what is in both;
``changed`` by path: what is different in a layer, in words; ``change`` of a frame is that of
all its layers, line by line;
``meanings``: what each state is called in a legend.

Figures are those of the new network: what is only in the old one costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from inceptionspec.analysis.memory import live_bytes
from inceptionspec.analysis.summary import LayerRow, summarize
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.drawing.diagram.block_colors import definitions_of
from inceptionspec.drawing.diagram.boxes import Box, boxes_of
from inceptionspec.drawing.diagram.changes import Changes
from inceptionspec.drawing.diagram.comparison_boxes import (
    change_lines,
    cost_change,
    legend,
    state_of,
    told_lines,
)
from inceptionspec.drawing.diagram.frames import Frames, frames_of
from inceptionspec.drawing.diagram.structure import Fork, Framed, Item, Leaf, Structure, rows_of
from inceptionspec.drawing.diagram.subject import Comparison
from inceptionspec.drawing.diagram.theme import DARK, LIGHT, Theme
from inceptionspec.drawing.diagram.view import View
from inceptionspec.drawing.page.finding_data import source_text
from inceptionspec.drawing.page.network_data import (
    Data,
    LayerTables,
    frame_data,
    payload,
    theme_colors,
)
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Head

FIGURES = ("params", "trainable", "macs", "flops", "bytes", "live")


def comparison_payload(pair: Comparison, view: View) -> Data:
    """What a page shows of two networks.

    Args:
        view: of both, all of it.

    Raises:
        SpecError: E0835 where they have too little in common for one picture, or have no rows.
    """
    old, new = pair
    changes = view.changes
    assert changes is not None
    frames = frames_of(view.graph, view.calls, view.alike)
    boxes = boxes_of(view.graph, "layers", frames)
    structure = rows_of(boxes, frames, view.row, compared=True)
    if changes.apart or structure is None:
        why = changes.apart or "layers read others by name across branches or blocks"
        raise spec_error(
            "E0835",
            f"a page cannot show both networks as one: {why}",
            f"--diff {sanitize(new.name)}",
            "write svg, which draws each by itself, or a page of each",
        )
    layers, tables = _layers(old, new, view, changes)
    states = {path: state for path, state in changes.states.items() if state != "kept"}
    for head in view.graph.heads:
        if told := changes.attributes.get(head.name):
            trains = all(change.trains_only for change in told)
            states[head.name] = "training" if trains else "changed"
    nest = _Nest(view, changes, frames, structure)
    kinds = {layer["kind"] for layer in layers}
    definitions = {*definitions_of(old.graph), *definitions_of(new.graph)}
    return payload(new) | {
        "name": sanitize(view.name),
        "source": f"{source_text(old.source.name)} \u2192 {source_text(new.source.name)}",
        "doc": "",
        "layers": layers,
        **tables.data(),
        "named": False,
        "trunk": nest.trunk(),
        "heads": nest.heads(),
        "colors": {
            "light": theme_colors(LIGHT, kinds, definitions) | _state_colors(LIGHT),
            "dark": theme_colors(DARK, kinds, definitions) | _state_colors(DARK),
        },
        "states": states,
        "meanings": {state: sanitize(word) for state, word in legend(changes).items()},
        "changed": _changed(changes, view),
        "difference": _difference(old, new, changes),
    }


def _layers(
    old: LoadedSpec, new: LoadedSpec, view: View, changes: Changes
) -> tuple[list[Data], LayerTables]:
    """The layers of the view's graph, each with the figures of the network that has it."""
    tables = LayerTables()
    rows: dict[tuple[bool, str], tuple[LayerRow, int | None]] = {}
    for loaded, is_new in ((old, False), (new, True)):
        live = live_bytes(loaded.graph)
        for row in summarize(loaded).layers:
            at = None if live is None else live[row.node.index]
            rows[is_new, row.node.path] = row, at
    layers: list[Data] = []
    for node in view.graph.nodes:
        is_new = node.path in changes.after
        path = node.path if is_new else changes.old_paths.get(node.path, "")
        if not path:  # where a way that is gone meets the new one
            last = layers[node.inputs[-1]]
            data = {**last, "op": "", "kind": "merge", "title": "", "details": "", "bound": False}
            data |= dict.fromkeys(FIGURES, 0)
        else:
            row, live_here = rows[is_new, path]
            data = tables.layer(row, live_here)
            if not is_new:
                data |= {key: 0 for key in FIGURES if data[key] is not None}
        data |= {"path": node.path, "inputs": list(node.inputs), "head": node.head}
        layers.append(data)
    return layers, tables


def _changed(changes: Changes, view: View) -> dict[str, str]:
    """What is different in words, by path."""
    words: dict[str, str] = {}
    for node in view.graph.nodes:
        state = changes.states.get(node.path, "kept")
        if state in ("added", "removed"):
            words[node.path] = legend(changes)[state]
        elif state != "kept":
            words[node.path] = "; ".join(told_lines(node, changes))
    return {path: sanitize(text) for path, text in words.items()}


def _difference(old: LoadedSpec, new: LoadedSpec, changes: Changes) -> Data:
    before, after = summarize(old), summarize(new)
    costs = {"params": (before.total.params, after.total.params),
             "macs": (before.total.macs, after.total.macs),
             "peak": (before.peak_activation_bytes, after.peak_activation_bytes)}  # fmt: skip
    return {
        "against": sanitize(changes.names[0]),
        **{
            key: None if one is None or other is None else other - one
            for key, (one, other) in costs.items()
        },
    }


def _state_colors(theme: Theme) -> Data:
    looks: Mapping[str, tuple[str, str]] = {
        "added": theme.added,
        "removed": theme.removed,
        "changed": theme.changed,
        "training": theme.training,
        "kept": theme.kept,
    }
    return {"states": {state: fill for state, (fill, _) in looks.items()}}


class _Nest:
    """Rows and frames as the items of a page."""

    def __init__(self, view: View, changes: Changes, frames: Frames, structure: Structure) -> None:
        self.graph, self.changes = view.graph, changes
        self.frames, self.structure = frames, structure
        self.of_heads = {head.name: head for head in view.graph.heads}

    def trunk(self) -> list[Any]:
        """What is on the trunk before the main head."""
        return [
            one
            for item in self.structure.trunk
            if not self._is_head(item)
            for one in self._items(item)
        ]

    def heads(self) -> list[Data]:
        """All heads, in the order of the networks."""
        found: dict[str, Data] = {}
        source = 0
        for item in self.structure.trunk:
            if isinstance(item, Framed) and self._is_head(item):
                found[item.key] = self._head(item.key, source, item.row)
            else:
                source = _end(item)
        for row in self.structure.heads:
            inner: list[Item] = []
            for item in row.row:
                if isinstance(item, Framed) and item.key == row.name:
                    inner += item.row
                else:
                    inner.append(item)
            found[row.name] = self._head(row.name, row.source, inner)
        return [found[name] for name in self.of_heads if name in found]

    def _is_head(self, item: Item) -> bool:
        return isinstance(item, Framed) and item.key in self.of_heads

    def _head(self, name: str, source: int, row: Sequence[Item]) -> Data:
        head: Head = self.of_heads[name]
        items = [one for item in row for one in self._items(item)]
        frame = self.frames.by_key[name]
        return {
            **frame_data(name, sanitize(frame.title), "head", ", ".join(frame.subtitle), items),
            "change": self._change(Framed(name, tuple(row))),
            "source": source,
            "output": _end(row[-1]),
            "main": head.name == self.graph.main,
        }

    def _items(self, item: Item) -> Iterator[Any]:
        if isinstance(item, Leaf):
            yield item.box
        elif isinstance(item, Fork):
            branches = [self._branch(row) for row in item.branches]
            yield {"branches": branches, "merge": item.merge}
        else:
            frame = self.frames.by_key[item.key]
            items = [one for inner in item.row for one in self._items(inner)]
            subtitle = ", ".join(frame.subtitle)
            data = frame_data(
                item.key, sanitize(frame.title), frame.kind, subtitle, items, frame.definition
            )
            yield data | {"change": self._change(item)}

    def _change(self, item: Framed) -> list[str]:
        """What is different in a frame, line by line."""
        nodes = [self.graph.nodes[at] for at in sorted(_inside(item))]
        box = Box(item.key, "block", "", "", nodes)
        state = state_of(box, self.changes)
        if state in ("added", "removed"):
            return [legend(self.changes)[state], *filter(None, [cost_change(nodes, self.changes)])]
        return [sanitize(line) for line in change_lines(box, self.changes)]

    def _branch(self, row: Sequence[Item]) -> Data:
        """A branch; one that is a frame as a whole has its name."""
        name = path = ""
        first = row[0] if len(row) == 1 else None
        if isinstance(first, Framed) and self.frames.by_key[first.key].kind == "branch":
            name, path, row = self.frames.by_key[first.key].title, first.key, first.row
        items = [one for item in row for one in self._items(item)]
        return {"name": sanitize(name), "path": path, "items": items}


def _end(item: Item) -> int:
    """The layer that an item ends in."""
    while isinstance(item, Framed):
        item = item.row[-1]
    return item.box if isinstance(item, Leaf) else item.merge


def _inside(item: Item) -> Iterator[int]:
    """All layers of an item."""
    if isinstance(item, Leaf):
        yield item.box
        return
    rows = (item.row,) if isinstance(item, Framed) else item.branches
    if isinstance(item, Fork):
        yield item.merge
    for row in rows:
        for inner in row:
            yield from _inside(inner)
