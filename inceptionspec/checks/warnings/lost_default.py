"""W0113: a layer that a variant gave another operator, and that lost its norm with it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inceptionspec.checks.warnings.allow import watched
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.frontend.linking.flat import FlatLayer
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.frontend.reading.document import Map

_OP = re.compile(r"\bop: *([a-z_]+)")


def lost_defaults(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0113: ``defaults`` are for one operator: a layer with another operator takes none."""
    defaults = loaded.spec.defaults
    swapped: dict[Span, list[FlatLayer]] = {}
    for layer, _ in watched(loaded, "W0113"):
        span = layer.item.value_spans.get("op")
        if span is not None and not _inside(span, layer.item.span):
            swapped.setdefault(span, []).append(layer)
    for span, layers in swapped.items():
        first = layers[0]
        old = defaults.get(_operator_at(first.item.span))
        own: Map | dict[str, str] = defaults.get(first.op.name, {})
        lost = (
            []
            if old is None
            else [name for name in _lost_attributes(first, old) if name not in own]
        )
        if old is not None and lost:
            values = ", ".join(f"{name}: {_text(old[name])}" for name in lost)
            more = f" and {len(layers) - 1} more" if len(layers) > 1 else ""
            key = f"defaults.{first.op.name}"
            yield Diagnostic(
                "W0113",
                f"another operator loses {listed(lost)} of `{first.path}`{more}",
                Label(span, f"the defaults of `{first.op.name}` give none"),
                (Label(old.key_spans[lost[0]], "given here to the operator that it had"),),
                helps=(f"write `{key}: {{{values}}}` under `override`",),
            )


def _lost_attributes(layer: FlatLayer, old: Map) -> list[str]:
    """The norm and the activation that the old operator's defaults gave."""
    return [
        name
        for name in ("norm", "activation")
        if name in old and name not in layer.item and layer.attributes.get(name, 0) is None
    ]


def _inside(part: Span, whole: Span) -> bool:
    return part.source is whole.source and (
        (whole.line, whole.column) <= (part.line, part.column) <= (whole.end_line, whole.end_column)
    )


def _operator_at(span: Span) -> str:
    """The operator that the text of a layer names."""
    lines = [span.source.line(number) for number in range(span.line, span.end_line + 1)]
    lines[0] = lines[0][span.column - 1 :]
    found = _OP.search("\n".join(lines))
    return found.group(1) if found else ""


def _text(value: object) -> str:
    if isinstance(value, Map):
        return "{" + ", ".join(f"{key}: {_text(inner)}" for key, inner in value.items()) + "}"
    return str(value).lower() if isinstance(value, bool) else str(value)
