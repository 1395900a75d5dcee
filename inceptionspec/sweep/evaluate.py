"""Values of knobs to what the variant costs, or why it is no network.

A variant that differs from one that was seen in width and input size alone is not read again: its
layers are looked up by their attributes and the shapes that they read. Where arguments of calls
differ, too, those calls are expanded again, and all else is shared. Whatever does not go well
there takes the way of every other spec, which knows all findings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from inceptionspec.analysis.conditions import COUNT, PIXELS, Conditions, read_conditions
from inceptionspec.analysis.costs import costs, total
from inceptionspec.analysis.memory import peak_activation_bytes
from inceptionspec.analysis.receptive_field import largest_field
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.expansion.inheritance import inherit_chain
from inceptionspec.frontend.language.checker import check
from inceptionspec.frontend.linking.flat import FlatNetwork
from inceptionspec.frontend.load import (
    LoadedSpec,
    flattened,
    load_inherited,
    recalled,
    relink,
)
from inceptionspec.frontend.reading.document import Map
from inceptionspec.frontend.reading.yaml_reader import read_one
from inceptionspec.frontend.writing.digest import canonical, sha256
from inceptionspec.ir.graph import Graph
from inceptionspec.ops.record import OperatorError, Shape
from inceptionspec.sweep.bases import BaseTexts, chain_of
from inceptionspec.sweep.blueprint import Blueprint
from inceptionspec.sweep.knobs import Found
from inceptionspec.sweep.layer_memo import LayerMemo, SeenLayer, written_line
from inceptionspec.sweep.records import Figures, Refusal
from inceptionspec.sweep.variant_text import Turned, VariantText, size_of, variant_text

Key = tuple[tuple[str, ...], tuple[str, ...]]
"""The values of all knobs but width and input size: those of calls are the second half."""
QUANTITIES = {
    "params": COUNT,
    "trainable_params": COUNT,
    "macs": COUNT,
    "flops": COUNT,
    "memory": "bytes",
    "field": PIXELS,
}
"""What ``--where`` can compare, with units: figures that are known when a variant is tried."""
MOST = ":max"
"""What the name of an objective ends in of which the most is wanted."""
_K = TypeVar("_K")
_V = TypeVar("_V")
_MOST_BLUEPRINTS = 48
_MOST_FLATS = 4
_MOST_FIELDS = 5_000


class Task(NamedTuple):
    """What all variants of a sweep share: nothing but texts, so that any machine can do a share.

    Attributes:
        bases: what variants start from: networks, or what moves make of them.
        knobs: what is varied, with the paths in each network.
        where: the constraint; empty for none.
        documents: whether the digests of expanded texts are asked for.
    """

    bases: tuple[BaseTexts, ...]
    knobs: tuple[Found, ...]
    where: str = ""
    documents: bool = False

    def base_of(self, values: Sequence[str]) -> int:
        """The number of the network that a variant starts from: moves of a spec follow it."""
        spec = move = 0
        moves = 1
        for (knob, _), value in zip(self.knobs, values, strict=True):
            if knob.kind == "spec":
                spec = knob.values.index(value)
            elif knob.kind == "move":
                move, moves = knob.values.index(value), len(knob.values)
        return spec * moves + move


class Outcome(NamedTuple):
    """What one variant comes to, whatever came before it.

    A variant that ``--where`` leaves out has figures and no digest.
    """

    figures: Figures | None
    refusal: Refusal | None = None
    network: str = ""
    document: str = ""


class Evaluator:
    """Evaluates variants of one sweep in one process; it remembers what they share."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self._chains = tuple(map(chain_of, task.bases))
        self._where: Conditions | None = None
        if task.where:
            self._where = read_conditions(task.where, QUANTITIES, "--where")
        self._forget()

    def _forget(self) -> None:
        self._memo = LayerMemo()
        self._blueprints: dict[Key, Blueprint] = {}
        self._flats: dict[Key, FlatNetwork] = {}
        self._likes: dict[tuple[str, ...], tuple[FlatNetwork, Blueprint]] = {}
        self._fields: dict[tuple[int, ...], tuple[int, int] | None] = {}

    def outcome(self, values: Sequence[str]) -> Outcome:
        """What the variant of these values, one for each knob, comes to."""
        base = self.task.base_of(values)
        refusal = self.task.bases[base].refusal
        if refusal is not None:
            return Outcome(None, refusal)
        if self._memo.full or len(self._fields) > _MOST_FIELDS:
            self._forget()
        cheap = {"width": "", "input": ""}
        calls, others = [], []
        for (knob, _), value in zip(self.task.knobs, values, strict=True):
            if knob.kind in cheap:
                cheap[knob.kind] = value
            elif knob.kind == "call":
                calls.append(value)
            else:
                others.append(value)
        key = (tuple(others), tuple(calls))
        blueprint = self._blueprints.get(key)
        if blueprint is not None:
            found = self._linked(blueprint, cheap["width"], cheap["input"])
            if found is not None:
                return found
        return self._anew(base, values, key, cheap["width"], cheap["input"])

    # The way of every spec

    def text(self, base: int, values: Sequence[str], extends: str = "base") -> VariantText:
        """The text of a variant of a base."""
        turned = [
            Turned(knob, value, paths[base])
            for (knob, paths), value in zip(self.task.knobs, values, strict=True)
        ]
        return variant_text(extends, self.task.bases[base].name, turned)

    def load(self, base: int, text: VariantText) -> LoadedSpec:
        """Read and link a variant.

        Raises:
            SpecError: it is no network.
        """
        source, document = _read(text)
        return load_inherited(source, inherit_chain((document, *self._chains[base])))

    def _anew(self, base: int, values: Sequence[str], key: Key, width: str, size: str) -> Outcome:
        """What a variant comes to of which the short way says nothing."""
        text = self.text(base, values)
        try:
            source, document = _read(text)
            flat = self._flats.get(key)
            if flat is None:
                flat, blueprint = self._prepared(base, key, document)
                found = None if blueprint is None else self._linked(blueprint, width, size)
                if found is not None:
                    return found
            loaded = relink(flat, source, document) or self.load(base, text)
        except SpecError as error:
            return Outcome(None, self._refusal(error.findings[0], base, text))
        figures = figures_of(loaded.graph)
        if not self._admits(figures):
            return Outcome(figures)
        digest = loaded.digests["document"] if self.task.documents else ""
        return Outcome(figures, None, loaded.digests["network"], digest)

    def _prepared(self, base: int, key: Key, document: Map) -> tuple[FlatNetwork, Blueprint | None]:
        """A variant before shapes, and its blueprint: None where its input contradicts itself.

        Raises:
            SpecError: it is no network.
        """
        documents, like = self.task.documents, self._likes.get(key[0])
        flat = None if like is None else recalled(like[0], document)
        if like is not None and flat is not None:
            made = like[1].changed(like[0], flat, self._memo, documents=documents)
        else:
            flat = flattened(inherit_chain((document, *self._chains[base])))
            try:
                made = Blueprint(flat, self._memo, documents=documents)
            except SpecError:  # linking says it at its place
                return flat, None
            _remember(self._likes, key[0], (flat, made), _MOST_FLATS)
        _remember(self._blueprints, key, made, _MOST_BLUEPRINTS)
        _remember(self._flats, key, flat, _MOST_FLATS)
        return flat, made

    def _refusal(self, finding: Diagnostic, base: int, text: VariantText) -> Refusal:
        """A finding as a row has it; what the variant itself says is shown as its setting."""
        span = finding.primary.span
        message = sanitize(finding.message)
        if span.source.text is None:
            return Refusal(finding.code, message, sanitize(span.source.name), None)
        if all(span.source is not document.span.source for document in self._chains[base]):
            # Texts of variants have the same lines: it may be one that shares what is to blame.
            return Refusal(finding.code, message, text.settings.get(span.line, "the variant"), None)
        place = f"{sanitize(span.source.name)}:{span.line}:{span.column}"
        return Refusal(finding.code, message, place, span.line)

    # The short way

    def _linked(self, blueprint: Blueprint, width: str, size: str) -> Outcome | None:
        """What a variant comes to that differs in width and input size; None where all may not."""
        size = size_of(size) if size else blueprint.size
        height, _, across = size.partition("x")
        if not across:
            return None
        filters = blueprint.scaled(float(width) if width else None)
        layers = self._layers(blueprint, filters, (int(height), int(across), blueprint.channels))
        if layers is None:
            return None
        params = sum([layer.params for layer in layers])
        if params > DEFAULT_LIMITS.parameters:
            return None
        figures = Figures(
            params,
            sum([layer.trainable for layer in layers]),
            sum([layer.macs for layer in layers]),
            sum([layer.flops for layer in layers]),
            max(blueprint.lifetimes.live([layer.size for layer in layers])),
            self._field(blueprint, layers),
        )
        if not self._admits(figures):
            return Outcome(figures)
        before, after = blueprint.heading
        texts = [before, canonical(layers[0].shape), after, '{"attributes":']
        for layer, rest in zip(layers, blueprint.after, strict=True):
            texts += (layer.texts.computed, rest)
        document = ""
        if self.task.documents:
            if not blueprint.holes:
                return None
            document = self._document(blueprint, layers, filters, size)
        return Outcome(figures, None, sha256("".join(texts)), document)

    def _layers(
        self, blueprint: Blueprint, filters: Sequence[int | None], image: Shape
    ) -> list[SeenLayer] | None:
        """Every layer; None where one cannot read what comes in, or passes a limit."""
        memo, seen = self._memo, self._memo.seen
        key: tuple[object, ...] = (image,)
        first = seen[key] if key in seen else memo.add_input(key, image)
        if first is None:
            return None
        layers, shapes = [first], [image]
        rows = zip(blueprint.rows, blueprint.inputs, filters, strict=True)
        next(rows)
        for row, inputs, own in rows:
            number, entry = row.number, row.entry
            read = shapes[inputs[0]] if len(inputs) == 1 else tuple([shapes[i] for i in inputs])
            key = (number, own, read) if entry is None else (number, own, read, shapes[entry][-1])
            found = seen.get(key)
            if found is None:
                if key in seen or own == 0:
                    return None
                sources = [shapes[i] for i in inputs]
                around = sources[0] if entry is None else shapes[entry]
                try:
                    found = memo.add(key, row.op, row.under(own), sources, around)
                except OperatorError:
                    return None
                if found is None:
                    return None
            layers.append(found)
            shapes.append(found.shape)
        return layers

    def _field(self, blueprint: Blueprint, layers: Sequence[SeenLayer]) -> tuple[int, int] | None:
        key = (blueprint.wiring, *[layer.geometry for layer in layers])
        if key not in self._fields:
            nodes = tuple(
                replace(node, attributes=layer.attributes, shape=layer.shape)
                for node, layer in zip(blueprint.graph.nodes, layers, strict=True)
            )
            self._fields[key] = largest_field(replace(blueprint.graph, nodes=nodes))
        return self._fields[key]

    def _document(
        self,
        blueprint: Blueprint,
        layers: Sequence[SeenLayer],
        filters: Sequence[int | None],
        size: str,
    ) -> str:
        texts = [blueprint.outline]
        for hole in blueprint.holes:
            if hole.layer is None:
                texts += (canonical(size), hole.after)
                continue
            layer = layers[hole.layer]
            line = layer.texts.written.get(hole.line)
            if line is None:
                row, own = blueprint.rows[hole.layer], filters[hole.layer]
                line = written_line(layer, row.op, row.under(own), hole.line, hole.rest)
            texts += (line, hole.after)
        return sha256("".join(texts))

    def _admits(self, figures: Figures) -> bool:
        if self._where is None:
            return True
        return self._where.hold({name: figures.figure(name) for name in QUANTITIES})


def _remember(known: dict[_K, _V], key: _K, value: _V, most: int) -> None:
    """Keep a value under a key, and drop the oldest one where there are too many."""
    if key not in known and len(known) >= most:
        known.pop(next(iter(known)))
    known[key] = value


def figures_of(graph: Graph) -> Figures:
    """The figures of a network."""
    cost = total(costs(graph))
    return Figures(
        cost.params,
        cost.trainable_params,
        cost.macs,
        cost.flops,
        peak_activation_bytes(graph),
        largest_field(graph),
    )


def _read(text: VariantText) -> tuple[Source, Map]:
    """The text of a variant, and what it says.

    Raises:
        SpecError: it breaks the form of the language.
    """
    source = Source("variant", text.text)
    document, _ = read_one(source, DEFAULT_LIMITS, 0)
    findings = check(document, DEFAULT_LIMITS)
    if findings:
        raise SpecError(findings)
    return source, document
