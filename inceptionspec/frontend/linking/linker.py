"""Flat layers to Graph: shapes, the heads that were asked for, limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label, SpecError
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.source import external
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.linking.flat import FlatNetwork
from inceptionspec.frontend.linking.preprocessing import contradictions, preprocessing
from inceptionspec.frontend.linking.shape_inference import Linked, Misfit, input_shape, shapes
from inceptionspec.frontend.linking.size_limits import beyond_limits, large_tensor
from inceptionspec.ir.graph import Block, Graph, Head, Node
from inceptionspec.ir.traversal import ancestors
from inceptionspec.ops.record import Shape, shape_text, size_text


def link(flat: FlatNetwork, heads: Iterable[str] = (), limits: Limits = DEFAULT_LIMITS) -> Graph:
    """Give every layer its shape.

    Args:
        heads: only these heads and what they need; all heads and all layers if empty.

    Raises:
        SpecError: a layer cannot read what comes in, branches do not fit, a tensor or the
            whole network passes a limit, or a chosen head does not exist.
    """
    return _Linker(flat, limits).graph(tuple(heads))


def unlinked_graph(flat: FlatNetwork) -> Graph:
    """The graph of a network without shapes and weights, its attributes as they were parsed.

    Raises:
        SpecError: the input contradicts itself.
    """
    linker = _Linker(flat, flat.spec.limits)
    linker.stop_at_findings()
    return linker.assembled({i: (one.attributes, (), ()) for i, one in enumerate(flat.layers)}, ())


def links(flat: FlatNetwork, heads: Iterable[str], limits: Limits) -> bool:
    """Whether ``link`` would give every layer its shape, without the search for causes."""
    linker, chosen = _Linker(flat, limits), tuple(heads)
    if None in linker.input:  # what fits no size at all is found by the search alone
        try:
            linker.graph(chosen)
        except SpecError:
            return False
        return True
    misfits: list[Misfit] = []
    linked = shapes(
        flat.layers,
        linker.needed(chosen),
        linker.input,
        lambda *misfit: misfits.append(Misfit(*misfit)),
    )
    return not misfits and not any(beyond_limits(flat.layers, linked, limits))


class _Linker:
    def __init__(self, flat: FlatNetwork, limits: Limits) -> None:
        self.flat = flat
        self.layers = flat.layers
        self.limits = limits
        self.findings = Findings(limits)
        self.input = input_shape(flat.spec.input)
        self.findings += contradictions(flat.spec.input)

    def graph(self, chosen: tuple[str, ...]) -> Graph:
        self._refuse_unknown_heads(chosen)
        here = Label(self.flat.spec.input.value_spans["size"], f"{shape_text(self.input)} here")
        large = large_tensor(self.input, "the input", here, (), self.limits)
        self.findings += [large] if large else []
        self.stop_at_findings()
        keep = self.needed(chosen)
        linked = self._linked(keep)
        self.findings += beyond_limits(self.layers, linked, self.limits)
        self.stop_at_findings()
        return self.assembled(linked, chosen)

    # Shapes

    def needed(self, chosen: tuple[str, ...]) -> list[int]:
        """The layers that the chosen heads depend on, in order; all of them for no choice."""
        if not chosen:
            return list(range(len(self.layers)))
        ends: list[int] = []
        for head in self.flat.heads:
            if head.name in chosen:
                ends += [head.output] if head.predictions is None else [head.predictions]
        return ancestors(self.layers, ends)

    def _linked(self, keep: list[int]) -> dict[int, Linked]:
        misfits: list[Misfit] = []
        linked = shapes(
            self.layers, keep, self.input, lambda *misfit: misfits.append(Misfit(*misfit))
        )
        if misfits:
            for finding in self._explained(self.input, keep, linked, misfits):
                self.findings.append(finding)  # one by one: it ends where there are too many
        elif None in self.input:
            self._refuse_what_never_fits(keep)
        return linked

    def _refuse_what_never_fits(self, keep: list[int]) -> None:
        """Find what fits no size while the size is open, and show it at one."""
        from inceptionspec.frontend.linking.input_sizes import InputSizes, UndecidedError

        with suppress(UndecidedError):
            sizes = InputSizes(self.layers, keep, self.limits.dimension)
            for index, example in sizes.never:
                self.findings += self._at(example, index, keep)

    def _at(self, size: tuple[int, int], index: int, keep: list[int]) -> Iterator[Diagnostic]:
        """The findings about one layer at an input size."""
        shape = (*size, self.input[2])
        misfits: list[Misfit] = []
        linked = shapes(self.layers, keep, shape, lambda *misfit: misfits.append(Misfit(*misfit)))
        misfits = [misfit for misfit in misfits if misfit.layer == index]
        for one in self._explained(shape, keep, linked, misfits):
            example = f"shown for an input of {size_text(shape)}: no input size fits"
            yield replace(one, notes=(*one.notes, example))

    def _explained(
        self, shape: Shape, keep: list[int], linked: dict[int, Linked], misfits: list[Misfit]
    ) -> Iterator[Diagnostic]:
        """The findings for misfits. A network that fits never imports the search for causes."""
        from inceptionspec.frontend.linking.misfit import UnlinkedNetwork
        from inceptionspec.frontend.linking.shape_errors import shape_errors

        network = UnlinkedNetwork(self.flat, keep, shape, linked, misfits, self.limits)
        return shape_errors(network)

    # Findings

    def stop_at_findings(self) -> None:
        if self.findings:
            raise SpecError(self.findings)

    def _refuse_unknown_heads(self, chosen: tuple[str, ...]) -> None:
        names = [head.name for head in self.flat.heads]
        for name in chosen:
            if name not in names:
                helps = did_you_mean(name, names) or (
                    f"its heads are {listed(names)}" if names else "it has no heads",
                )
                place = external(f"--head {name}")
                self.findings.append(
                    Diagnostic(
                        "E0806",
                        f"`{self.flat.spec.name}` has no head `{name}`",
                        Label(place),
                        helps=helps,
                    )
                )

    # Assembly

    def assembled(self, linked: dict[int, Linked], chosen: tuple[str, ...]) -> Graph:
        flat, number = self.flat, {old: new for new, old in enumerate(linked)}
        nodes = tuple(self._node(old, number, linked[old]) for old in linked)
        blocks = tuple(
            Block(
                block.path,
                block.definition,
                block.kind,
                number[block.input],
                number[block.output],
                tuple(number[i] for i in block.members if i in number),
            )
            for block in flat.blocks
            if block.output in number and block.input in number
        )
        heads = tuple(
            Head(
                head.name,
                number[head.source],
                head.source_path,
                number[head.output],
                None if head.predictions is None else number[head.predictions],
                head.loss_weight,
                head.label_smoothing,
                tuple(number[i] for i in head.members),
            )
            for head in flat.heads
            if not chosen or head.name in chosen
        )
        bounds = flat.spec.input.get("range")
        return Graph(
            name=flat.spec.name,
            checkpoint_scope=flat.spec.checkpoint_scope,
            nodes=nodes,
            blocks=blocks,
            heads=heads,
            main=flat.main if not chosen or flat.main in chosen else chosen[0],
            names={path: number[i] for path, i in flat.names.items() if i in number},
            end_points={path: number[i] for path, i in flat.end_points.items() if i in number},
            value_range=None if bounds is None else (float(bounds[0]), float(bounds[1])),
            preprocessing=preprocessing(flat.spec.input),
        )

    def _node(self, old: int, number: dict[int, int], linked: Linked) -> Node:
        layer = self.layers[old]
        attributes, shape, weights = linked
        return Node(
            number[old],
            layer.path,
            layer.op.name,
            attributes,
            tuple(number[i] for i in layer.inputs),
            shape,
            weights,
            layer.scope,
            layer.branch,
            layer.head,
            layer.group,
            layer.origin,
        )
