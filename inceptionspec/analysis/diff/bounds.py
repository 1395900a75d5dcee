"""Bounds on what a change may cost, as `macs > +2%`: which are passed, by how much, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType

from inceptionspec.analysis.conditions import (
    BYTES,
    COUNT,
    Comparison,
    Conditions,
    read_conditions,
)
from inceptionspec.analysis.costs import costs
from inceptionspec.analysis.diff.difference import Difference, PartCost
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, spec_error
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.load import LoadedSpec

#: What conditions may be about, each with its unit.
UNITS: Mapping[str, str] = MappingProxyType(
    {"params": COUNT, "trainable_params": COUNT, "macs": COUNT, "flops": COUNT, "memory": BYTES}
)
_TITLES: Mapping[str, str] = MappingProxyType(
    {
        "params": "parameters",
        "trainable_params": "trainable parameters",
        "macs": "MACs",
        "flops": "FLOPs",
        "memory": "bytes of peak memory",
    }
)
_FIELDS: Mapping[str, str] = MappingProxyType({"memory": "peak_activation_bytes"})
_OPTION = "--fail-on"


def read_bounds(texts: Iterable[str]) -> tuple[Conditions, ...]:
    """Conditions on differences: one that holds is a failure.

    Raises:
        SpecError: a text is no such condition (E0946).
    """
    return tuple(read_conditions(text, UNITS, _OPTION, differences=True) for text in texts)


def passed_bounds(
    bounds: Iterable[Conditions], found: Difference, new: LoadedSpec
) -> tuple[Diagnostic, ...]:
    """A finding (E0945) for each condition that holds, at what was changed in the new spec.

    Args:
        bounds: conditions on differences, of the new network to the old, all heads counted.
        found: the difference.
        new: the new network.

    Raises:
        SpecError: a condition is about a figure that is open with height and width (E0805).
    """
    return tuple(
        Diagnostic(
            "E0945",
            f"`{bound.text}`: {' and '.join(_in_words(one, found.total) for one in bound.all)}",
            _place(bound.all[0], found, new),
            labels=(Label(bound.all[0].span, "not allowed"),),
            helps=("make the change cost less, or allow more",),
        )
        for bound in bounds
        if _hold(bound, found.total)
    )


def _hold(bound: Conditions, total: PartCost) -> bool:
    result = True
    for one in bound.all:  # each is tested, so that an open figure is always said
        old, new = _figures(one, total)
        if one.percent:
            reached = one._replace(value=one.value * old).holds(100 * (new - old))
        else:
            reached = one.holds(new - old)
        result = result and reached
    return result


def _figures(one: Comparison, total: PartCost) -> tuple[int, int]:
    name = _FIELDS.get(one.name, one.name)
    old, new = getattr(total.old, name), getattr(total.new, name)
    if old is None or new is None:
        raise spec_error(
            "E0805",
            f"`{one.name}` cannot be compared while height and width are open",
            one.span,
            "give both networks a size, as `--input 224x224`",
        )
    return int(old), int(new)


def _in_words(one: Comparison, total: PartCost) -> str:
    old, new = _figures(one, total)
    change, title = new - old, _TITLES[one.name]
    if not change:
        return f"{title} stay at {old:,}"
    percent = f" ({100 * change / old:+.2f} %)" if old else ""
    bound = one.value * old / 100 if one.percent else one.value
    text = f"{change:+,} {title}{percent}"
    beyond = Fraction(change) - bound
    if one.symbol in ("<", "<=", ">", ">=") and beyond:
        more = "more" if beyond > 0 else "less"
        text += f", {abs(float(beyond)):,.0f} {more} than {_bound_text(one)}"
    return text


def _bound_text(one: Comparison) -> str:
    return one.text[one.text.index(one.symbol) + len(one.symbol) :].strip()


def _place(one: Comparison, found: Difference, new: LoadedSpec) -> Label:
    """The place in the new spec's own file of the changed layer that costs most."""
    own = new.spec.files[0]
    measured = costs(new.graph)
    name = one.name if one.name in measured[0]._fields else "macs"
    ranked = sorted(
        _changed_layers(found),
        key=lambda layer: getattr(measured[new.graph.names[layer[0]]], name) or 0,
        reverse=True,
    )
    for path, attributes in ranked:
        for span in _spans(path, attributes, new):
            if span.source is own.span.source:
                return Label(span, f"of what differs, `{path}` costs most")
    keys = [key for key in ("override", "width", "args", "network") if key in own]
    return Label(own.key_spans[keys[0]] if keys else own.span)


def _changed_layers(found: Difference) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The paths of layers that were added or changed, and the attributes that were."""
    for layer in found.added:
        yield layer.path, ()
    for changed in found.changed:
        names = tuple(change.name.partition(".")[0] for change in changed.attributes)
        if names:
            yield changed.new_path, names


def _spans(path: str, attributes: Iterable[str], new: LoadedSpec) -> Iterator[Span]:
    """Where a layer's attributes were written, and the calls that led to it."""
    flat = new.flat.layers[new.flat.names[path]]
    for name in attributes:
        for span in (flat.given(name), flat.place(name)):
            if span is not None:
                yield span
    yield flat.origin.span
    yield from flat.origin.called_at
