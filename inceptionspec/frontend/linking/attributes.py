"""The attributes of flat layers: what a line says, what `defaults` say, and the width."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inceptionspec.diagnostics.diagnostic import Findings, Label, finding
from inceptionspec.frontend.expansion.spec import Spec
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.arguments import Environment, computed, substituted, written_at
from inceptionspec.frontend.language.value_check import admits, unfit
from inceptionspec.frontend.linking.flat import FlatLayer
from inceptionspec.frontend.reading.document import Map
from inceptionspec.frontend.settings import Width
from inceptionspec.ir.graph import Origin
from inceptionspec.ops.attribute_types import COUNT
from inceptionspec.ops.epilogue import BATCH_NORM_ATTRIBUTES
from inceptionspec.ops.expression import FILTERS, INPUT, is_expression, parse
from inceptionspec.ops.record import Attribute


class Attributes:
    """Settles the attributes of layers. ``defaults`` are the spec's, with arguments put in."""

    def __init__(self, spec: Spec, args: Environment, width: Width, findings: Findings) -> None:
        self.width = width
        self.findings = findings
        self.defaults = {
            name: substituted(value, args, findings) for name, value in spec.defaults.items()
        }
        self._usual: dict[tuple[str, str], Any] = {}

    def settle(self, flat: FlatLayer) -> None:
        """Give a layer a value for each attribute of its operator; faults become findings."""
        for attribute in flat.op.attributes:
            flat.attributes[attribute.name] = self._attribute(flat, attribute)
        self._scale(flat)

    def _attribute(self, flat: FlatLayer, attribute: Attribute) -> Any:
        """An attribute of a layer; what the line leaves open is settled once for all layers."""
        if attribute.name in flat.item:
            return self._settled(flat, attribute)
        key = (flat.op.name, attribute.name)
        if key not in self._usual:
            before = len(self.findings)
            value = self._settled(flat, attribute)
            if len(self.findings) > before:
                return value
            self._usual[key] = value
        return self._usual[key]

    def _settled(self, flat: FlatLayer, attribute: Attribute) -> Any:
        name, kind = attribute.name, attribute.kind
        for item in (flat.item, flat.defaults):
            if item is None or name not in item:
                continue
            if kind.expressions and is_expression(item[name]):
                return self._expression(item, attribute, flat)
            if not self._admitted(item, attribute, flat):
                return None
            parsed = kind.parse(item[name])
            return self._norm(parsed, item[name], flat) if name == "norm" else parsed
        if attribute.required:
            message = f"`{flat.op.name}` lacks the attribute `{name}`"
            help_ = f"`{name}`: {attribute.doc}"
            at = Label(flat.origin.span, f"`{name}` is missing here")
            self.findings.append(finding("E0204", message, at, help_, labels=_calls(flat.origin)))
            return None
        return kind.parse(attribute.default)

    def _expression(self, item: Map, attribute: Attribute, flat: FlatLayer) -> int | str | None:
        """A count as an expression: a number if it needs no shape, else a text for the linker."""
        text, name, span = item[attribute.name], attribute.name, item.value_spans[attribute.name]
        what, calls = f"`{name}` of `{flat.op.name}`", _calls(flat.origin)
        if "$" in text:  # an unknown argument was reported where it was to be put in
            return None
        before = len(self.findings)
        value = computed(text, name, span, {}, self.findings)
        if len(self.findings) > before:
            return None
        if isinstance(value, int) and not admits(attribute.kind, value):
            self.findings.append(unfit(attribute.kind, value, what, span, calls))
            return None
        own = [one.name for one in flat.op.attributes if one.name != name]
        if isinstance(value, str) and FILTERS in parse(value).names and FILTERS not in own:
            says = "this is the number itself" if name == FILTERS else "this layer has none"
            help_ = f"`{INPUT}` is the number of channels that come in"
            message, at = f"{what} cannot follow `{FILTERS}`", Label(span, says)
            self.findings.append(finding("E0205", message, at, help_, labels=calls))
            return None
        return value

    def _admitted(self, item: Map, attribute: Attribute, flat: FlatLayer) -> bool:
        """Whether a value fits its kind, now that arguments stand in it."""
        name = attribute.name
        if admits(attribute.kind, item[name]):
            return True
        unknown = name not in item.given and language.argument_name(item[name]) is not None
        if not unknown:  # an unknown argument was reported where it was to be put in
            span, used = written_at(item, name)
            what = f"`{name}` of `{flat.op.name}`"
            labels = (*used, *_calls(flat.origin))
            self.findings.append(unfit(attribute.kind, item[name], what, span, labels))
        return False

    def _norm(
        self, norm: Mapping[str, Any] | None, written: Any, flat: FlatLayer
    ) -> Mapping[str, Any] | None:
        """A layer's norm with what it leaves open taken from `defaults.batch_norm`."""
        if norm is None:
            return None
        settled = {a.name: a.kind.parse(a.default) for a in BATCH_NORM_ATTRIBUTES}
        for attribute in BATCH_NORM_ATTRIBUTES:
            for item in (written, self.defaults.get("batch_norm")):
                if isinstance(item, Map) and attribute.name in item:
                    if self._admitted(item, attribute, flat):
                        settled[attribute.name] = attribute.kind.parse(item[attribute.name])
                    break
        return settled

    def _scale(self, flat: FlatLayer) -> None:
        filters = flat.attributes.get("filters")
        if not isinstance(filters, int) or flat.attributes["fixed"]:
            return
        scaled = self.width.scale(filters, self._at_least(flat))
        if scaled < 1:
            message = f"width {self.width.factor:g} leaves `{flat.path}` no filter"
            help_ = "raise `--min-filters` or `--width`, or mark the layer `fixed: true`"
            span = flat.place("filters") or flat.origin.span
            label = f"{filters} filters become {scaled}"
            self.findings.append(finding("E0205", message, span, help_, label=label))
            scaled = 1
        if scaled != filters:
            flat.unscaled = filters
        flat.attributes["filters"] = scaled

    def _at_least(self, flat: FlatLayer) -> int:
        """The layer's own floor under a width; 1 without one."""
        least = flat.item.get("at_least", 1)
        if admits(COUNT, least):
            return int(least)
        span, used = written_at(flat.item, "at_least")
        labels = (*used, *_calls(flat.origin))
        what = f"`at_least` of `{flat.op.name}`"
        self.findings.append(unfit(COUNT, least, what, span, labels))
        return 1


def _calls(origin: Origin) -> tuple[Label, ...]:
    return tuple(Label(span, "called here") for span in origin.called_at)
