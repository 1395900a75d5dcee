"""Built-in networks that an imported one is, or is a variant of.

The table of signatures is small and committed, so that no built-in spec is read that does not
match. `tools/make_known.py` writes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from inceptionspec.checks.warnings.unused_argument import unused_arguments
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Source, external
from inceptionspec.frontend.formatting.canonical import formatted
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.reading.spec_files import builtin_names, open_spec
from inceptionspec.frontend.settings import Settings
from inceptionspec.frontend.writing.expanded_spec import written
from inceptionspec.frontend.writing.yaml_writer import spec_text
from inceptionspec.importers.recovery.earned import earned, with_allow
from inceptionspec.importers.recovery.signature import (
    DROPS_AXES,
    TRAINING,
    commutes,
    computed_attributes,
    digests,
    hands_on,
    leading,
    signature,
)
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops import OPS

TABLE = Path(__file__).parent / "known.json"
Data = dict[str, Any]
_HEAD = "another head"
_NUMBERS = "other numbers for its input"
_PADDING = "explicit padding"


class Known(NamedTuple):
    """A built-in spec that a network is or varies.

    Attributes:
        name: the spec's.
        differs: what the network has that the spec has not, in words; empty for nothing.
        text: the network as a spec that extends it; empty where more differs than a head.
        loaded: the same, read.
        paths: by the path of each layer of the recovered spec its path in this one.
        data: the text as plain data.
    """

    name: str
    differs: str
    text: str = ""
    loaded: LoadedSpec | None = None
    paths: Mapping[str, str] = MappingProxyType({})
    data: Mapping[str, Any] = MappingProxyType({})


def known(loaded: LoadedSpec, data: Data, *, trains: bool = True) -> Known | None:
    """The built-in spec that a network is or varies; None where it is neither.

    Args:
        loaded: the recovered spec.
        data: the same as plain data.
        trains: whether the source holds what matters in training, which is compared then.
    """
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    names = set(builtin_names())
    rows = {name: row for name, row in table.items() if name in names}
    alike = _alike_rows(loaded, rows)
    found: list[Known] = []
    for name in alike:
        base = load_spec(open_spec(name))
        like = _Likeness(loaded, rows[name]["size"], trains)
        for variant in _variants(base, name, data):
            one = _same(like, variant, name)
            if one is not None:
                found.append(_without_idle_arguments(like, base, one))
                break
    if found:
        best = min(found, key=lambda one: (len(one.text), one.name))
        text = _laid_out(loaded.name, best)
        differs = best.differs or alike[best.name]
        loaded = load_spec(Source(loaded.name, text))
        return best._replace(differs=differs, text=text, loaded=loaded)
    # At an open size it is that network at one size alone, and numbers alone make none.
    told = () if None in loaded.graph.nodes[0].shape else alike.items()
    return next((Known(name, differs) for name, differs in told if differs != _NUMBERS), None)


def _alike_rows(loaded: LoadedSpec, rows: Mapping[str, Any]) -> dict[str, str]:
    """The built-in specs that a network may be or vary, and by what, the nearest first.

    One of an open size is compared at each of theirs: there `same` padding means pixels.
    """
    keys = {size: signature(_at(loaded, size).graph) for size in {r["size"] for r in rows.values()}}
    found: dict[str, str] = {}
    for part, differs in (("whole", ""), ("trunk", _HEAD), ("bare", _NUMBERS)):
        for name, row in rows.items():
            if row[part] == getattr(keys[row["size"]], part):
                found.setdefault(name, differs)
    return found


def _at(loaded: LoadedSpec, size: str) -> LoadedSpec:
    """The same at another size, if its own is open."""
    if None not in loaded.graph.nodes[0].shape[:2]:
        return loaded
    try:
        return load_spec(loaded.source, Settings(size=(size, external("size"))))
    except SpecError:
        return loaded  # too small for it


class _Likeness(NamedTuple):
    """A recovered network that is compared with variants of a built-in one.

    Attributes:
        loaded: the network.
        size: that of the built-in one, at which both are compared if their own is open.
        trains: whether the source holds what matters in training.
    """

    loaded: LoadedSpec
    size: str
    trains: bool


def _variants(base: LoadedSpec, name: str, data: Data) -> Iterator[Data]:
    """Specs that extend a built-in one and may be the network, the shortest first."""
    start: Data = {"spec": data["spec"], "extends": name, "name": data["name"]}
    if "sources" in data:
        start["sources"] = data["sources"]
    size = _size(base)
    if data["input"] != size:
        start["input"] = {key: one for key, one in data["input"].items() if one != size[key]}
    own, theirs = data.get("args", {}), base.spec.args
    args = {key: value for key, value in own.items() if key in theirs}
    changed = {key: value for key, value in args.items() if value != theirs[key].value}
    if changed:
        start["args"] = changed
    heads = data.get("heads", {})
    gone: Data = {head.name: "delete" for head in base.graph.heads if head.name not in heads}
    new = {name: {k: v for k, v in head.items() if k != "from"} for name, head in heads.items()}
    overrides: list[Data] = [gone, {**gone, **new}]
    if len(heads) == len(base.graph.heads):  # the same heads, under other names where some are gone
        overrides.insert(0, _without_predictions(base, heads))
    for defaults in ({}, _defaults(base, data)):
        for override in overrides:
            parts = {"defaults": defaults, "override": override}
            used = {key: part for key, part in parts.items() if part}
            yield {**start, **used, "expect": data["expect"]}


def _without_predictions(base: LoadedSpec, heads: Data) -> Data:
    """What leaves out the predictions of a base's heads that a network's own, as many, lack.

    A model is usually built for its logits.
    """
    pairs = zip(base.graph.heads, heads.values(), strict=True)
    return {
        head.name: {"predictions": "none"}
        for head, own in pairs
        if head.predictions is not None and "predictions" not in own
    }


def _size(base: LoadedSpec) -> Data:
    section = base.spec.input
    return {"size": section["size"], "channels": section.get("channels", 3)}


def _defaults(base: LoadedSpec, data: Data) -> Data:
    """What the network's defaults say of training and the base's do not."""
    found: Data = {}
    for op, own in data.get("defaults", {}).items():
        theirs: Mapping[str, Any] = base.spec.defaults.get(op, {})
        keys = [
            a.name for a in OPS[op].attributes if a.name in ("init", "l2", "bias_l2", "momentum")
        ]
        usual = {a.name: a.default for a in OPS[op].attributes}
        changed = {
            key: own.get(key, usual[key])
            for key in keys
            if own.get(key, usual[key]) != theirs.get(key, usual[key])
        }
        if changed:
            found[op] = changed
    return found


def _same(like: _Likeness, variant: Data, name: str, differs: str = "") -> Known | None:
    """A variant of a built-in spec, if it is the network and not only like it.

    Where only numbers at the input or pixels of paddings differ, the variant is given those.
    """
    text = spec_text(variant)
    try:
        other = load_spec(Source(like.loaded.name, text))
    except SpecError:
        return None
    found = _aligned(like, other)
    if found is None:
        return None
    if not found.changes:
        return Known(name, differs, text, other, found.paths, variant)
    if differs:
        return None  # it was given them before
    override = {**variant.get("override", {}), **found.changes}
    return _same(like, {**variant, "override": override}, name, found.differs)


def _without_idle_arguments(like: _Likeness, base: LoadedSpec, found: Known) -> Known:
    """The same variant without the base's arguments that it has no use for."""
    for argument in base.spec.args:
        if found.loaded is None or next(unused_arguments(found.loaded), None) is None:
            break
        override = {**found.data.get("override", {}), f"args.{argument}": "delete"}
        shorter = _same(like, {**found.data, "override": override}, found.name)
        found = shorter._replace(differs=found.differs) if shorter else found
    return found


def _laid_out(name: str, found: Known) -> str:
    """The text of a variant, with what it must allow."""
    allow = {} if found.loaded is None else earned(found.loaded)
    data = with_allow(dict(found.data), allow) if allow else dict(found.data)
    return formatted(Source(name, spec_text(data)))


class _Aligned(NamedTuple):
    """Two networks side by side.

    Attributes:
        paths: of the second by those of the first.
        changes: what the second must be given to be the first, by path.
        differs: the same in words.
    """

    paths: dict[str, str]
    changes: Data
    differs: str


def _aligned(like: _Likeness, variant: LoadedSpec) -> _Aligned | None:
    """A network and a variant of a built-in one, if they are the same up to a few numbers.

    Walks back from the outputs. A layer that only hands on what it reads may be missing from the
    first, and terms of a sum may come in another order.
    """
    one, other, trains = like.loaded.graph, variant.graph, like.trains
    if one.nodes[0].shape != other.nodes[0].shape or one.main != other.main:
        return None
    waiting = _outputs(one, other, trains=trains)
    first, second = (
        digests(_at(network, like.size).graph, bare=True) for network in (like.loaded, variant)
    )
    changes: Data = {}
    differs = ""
    found: dict[int, int] = {}
    while waiting:
        mine, theirs = waiting.pop()
        node = one.nodes[mine]
        while hands_on(other, other.nodes[theirs]) and not _same_step(one, other, mine, theirs):
            if trains and other.nodes[theirs].attributes.get("rate"):
                return None
            (theirs,) = other.nodes[theirs].inputs
        if found.get(mine, theirs) != theirs:
            return None
        if mine in found:
            continue
        twin = other.nodes[theirs]
        numbers = _numbers(one, other, mine, theirs)
        if numbers is not None:
            changes, differs = {**numbers, **changes}, _NUMBERS
            found[mine] = theirs
            continue
        if not _same_step(one, other, mine, theirs) or len(node.inputs) != len(twin.inputs):
            return None
        if node.op not in ("input", *DROPS_AXES) and not _alike(
            one, other, mine, theirs, trains=trains
        ):
            padding = _padding(one, other, mine, theirs, trains=trains)
            if padding is None:
                return None
            changes, differs = {twin.path: padding, **changes}, _PADDING
        found[mine] = theirs
        reads, others = list(node.inputs), list(twin.inputs)
        if commutes(node):
            reads.sort(key=lambda index: first[index])
            others.sort(key=lambda index: second[index])
        waiting += zip(reads, others, strict=True)
    if not changes and (len(found) < len(one.nodes) or len(set(found.values())) < len(found)):
        return None
    paths = {one.nodes[mine].path: other.nodes[theirs].path for mine, theirs in found.items()}
    return _Aligned(paths, changes, differs)


def _same_step(one: Graph, other: Graph, mine: int, theirs: int) -> bool:
    """Whether two layers are of one operator, or both drop the axes of a map of 1x1."""
    nodes = one.nodes[mine], other.nodes[theirs]
    if nodes[0].op == nodes[1].op:
        return True
    drops = all(node.op in DROPS_AXES for node in nodes)
    return drops and hands_on(one, nodes[0]) and hands_on(other, nodes[1])


def _numbers(one: Graph, other: Graph, mine: int, theirs: int) -> Data | None:
    """What makes the numbers at the input of a variant those of a network; None if they are.

    A file may have them as one layer, whatever they were before.
    """
    own, held = leading(one, mine), leading(other, theirs)
    if len(own) != 1 or one.nodes[mine].op != "rescale" or not held:
        return None
    if digests(one)[mine] == digests(other)[theirs]:
        return None
    kept = next((index for index in held if other.nodes[index].op == "rescale"), None)
    if kept is None:
        return None
    numbers = written(OPS["rescale"], one.nodes[mine].attributes)
    gone = {other.nodes[index].path: "delete" for index in held if index != kept}
    usual = {"scale": 1, "offset": 0}
    return {other.nodes[kept].path: {**usual, **numbers}, **gone}


def _padding(one: Graph, other: Graph, mine: int, theirs: int, *, trains: bool) -> Data | None:
    """The pixels that a window on an open size has, if nothing else differs; None otherwise."""
    nodes = one.nodes[mine], other.nodes[theirs]
    if None not in one.nodes[0].shape or not all("padding" in n.attributes for n in nodes):
        return None
    pads = {"padding": nodes[0].attributes["padding"]}
    alike = replace(nodes[1], attributes={**nodes[1].attributes, **pads})
    shapes = [one.nodes[index].shape for index in nodes[0].inputs]
    if computed_attributes(nodes[0], shapes) != computed_attributes(alike, shapes):
        return None
    if trains and _training(nodes[0]) != _training(nodes[1]):
        return None
    return {"padding": written(OPS[nodes[0].op], nodes[0].attributes)["padding"]}


def _outputs(one: Graph, other: Graph, *, trains: bool) -> list[tuple[int, int]]:
    """The outputs of two graphs in pairs; their heads come in one order."""
    if len(one.heads) != len(other.heads):
        return []
    pairs = [(len(one.nodes) - 1, len(other.nodes) - 1)] if not one.heads else []
    for mine, theirs in zip(one.heads, other.heads, strict=True):
        if (mine.predictions is None) != (theirs.predictions is None) and (
            trains or theirs.predictions is None
        ):
            return []  # a file for inference need not put out the predictions
        pairs.append((mine.output, theirs.output))
        if mine.predictions is not None and theirs.predictions is not None:
            pairs.append((mine.predictions, theirs.predictions))
    return pairs


def _alike(one: Graph, other: Graph, mine: int, theirs: int, *, trains: bool) -> bool:
    """Whether two layers compute the same and, where the source tells, train the same."""
    nodes = one.nodes[mine], other.nodes[theirs]
    first, second = (
        computed_attributes(node, [graph.nodes[index].shape for index in node.inputs])
        for node, graph in zip(nodes, (one, other), strict=True)
    )
    if not trains:
        return first == second
    return first == second and _training(nodes[0]) == _training(nodes[1])


def _training(node: Node) -> Data:
    """The attributes of a layer that matter in training."""
    attributes = written(OPS[node.op], node.attributes)
    idle = () if attributes.get("bias", True) else ("bias_init", "bias_l2")
    found = {key: attributes[key] for key in attributes if key in TRAINING and key not in idle}
    norm = attributes.get("norm")
    if isinstance(norm, dict):
        found["momentum"] = norm.get("momentum")
    return found
