"""Measure how often a shape finding blames the layer that was changed, and its advice works.

    python tools/measure_advice.py [--mutations N] [--seed N] [--show]

Takes the built-in specs, gives one layer another stride, padding, dilation, kernel or number
of filters, and reads the result, contracts off. Of the changes that end in findings about
shapes it prints the share whose first finding has its primary place on the changed layer. Of
those with advice it carries out the first help, as the edits of the finding say, and prints
the share that links then. The seed is fixed, so that the figures can be repeated.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic, Edit, SpecError
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.frontend.load import load_spec
from inceptionspec.frontend.reading.document import Map, Seq
from inceptionspec.frontend.reading.spec_files import builtin_names, open_spec
from inceptionspec.frontend.reading.yaml_reader import read

#: What an attribute is changed to; a value that it has already is not taken.
VALUES = {
    "stride": ("1", "2", "3", "4", "2x1", "1x2"),
    "padding": ("same", "valid", "0", "1", "2", "3", "1x0"),
    "dilation": ("2", "3", "4", "2x1"),
    "kernel": ("1x1", "2x2", "3x3", "4x4", "5x5", "7x7", "9x9", "1x3", "3x1", "1x7", "7x1"),
    "filters": ("8", "24", "48", "100", "256", "1000"),
}
#: The operators that take each attribute.
WINDOWS = ("conv", "depthwise_conv", "separable_conv", "max_pool", "avg_pool")
TAKES = {
    "stride": WINDOWS,
    "padding": WINDOWS,
    "dilation": WINDOWS[:3],
    "kernel": WINDOWS,
    "filters": ("conv", "separable_conv"),
}
LEAST = 0.9


class Mutation(NamedTuple):
    """A text with one attribute of one layer changed, and where that layer stands."""

    spec: str
    text: str
    layer: Span
    change: str


def layers(value: Any) -> Iterator[Map]:
    """Every `op:` line below a value."""
    if isinstance(value, Map):
        if "op" in value:
            yield value
        for part in value.values():
            yield from layers(part)
    elif isinstance(value, Seq):
        for part in value:
            yield from layers(part)


def mutated(name: str, chance: random.Random) -> Mutation | None:
    """A random change of a random layer of a spec; None where it changes nothing."""
    source = open_spec(name)
    root = read(source)
    lines = [line for key in ("network", "blocks", "heads") for line in layers(root.get(key))]
    attribute = chance.choice(list(VALUES))
    taking = [line for line in lines if line["op"] in TAKES[attribute]]
    if not taking:
        return None
    layer = chance.choice(taking)
    value = chance.choice(VALUES[attribute])
    text = source.text or ""
    if attribute in layer:
        place = layer.value_spans[attribute]
        if str(layer[attribute]) == value:
            return None
        edit = Edit(place, value)
    else:
        end = layer.value_spans["op"]
        place = end._replace(line=end.end_line, column=end.end_column)
        edit = Edit(place, f", {attribute}: {value}")
        if not source.line(end.line)[: layer.key_spans["op"].column - 1].strip(" -"):
            return None
    return Mutation(name, edited(text, [edit]), layer.span, f"{attribute}: {value}")


def edited(text: str, edits: Sequence[Edit]) -> str:
    """A text after some edits, the last one first, so that places stay true."""
    lines = text.split("\n")
    for span, new in sorted(edits, key=lambda edit: edit.span[1:], reverse=True):
        before = lines[span.line - 1][: span.column - 1]
        after = lines[span.end_line - 1][span.end_column - 1 :]
        lines[span.line - 1 : span.end_line] = (before + new + after).split("\n")
    return "\n".join(lines)


def findings(text: str) -> tuple[Diagnostic, ...]:
    """What is wrong with the shapes of a text."""
    try:
        load_spec(Source("mutated.yaml", text))
    except SpecError as error:
        return error.findings
    return ()


def main() -> int:
    """Measure and print; 1 where a share is below what the docs promise."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mutations", type=int, default=500)
    parser.add_argument("--seed", type=int, default=2015)
    parser.add_argument("--show", action="store_true", help="print what fails")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    counts: Counter[str] = Counter()
    names = [name for name in builtin_names() if "extends" not in read(open_spec(name))]
    while counts["mutations"] < arguments.mutations:
        mutation = mutated(chance.choice(names), chance)
        if mutation is not None:
            counts["mutations"] += 1
            counts.update(judged(mutation, arguments.show))
    blamed = share("primary place on the changed layer", counts["blamed"], counts["found"])
    mended = share("advice that was followed and links", counts["mended"], counts["advised"])
    print(f"of {counts['mutations']} mutations, {counts['found']} end in findings")
    return int(min(blamed, mended) < LEAST)


def judged(mutation: Mutation, show: bool) -> Iterator[str]:
    """What a mutation counts for."""
    found = findings(mutation.text)
    if not found or not found[0].code.startswith("E04"):
        return
    yield "found"
    first = found[0]
    if on_layer(first.primary.span, mutation.layer):
        yield "blamed"
    elif show:
        tell("elsewhere", mutation, first)
    if not first.helps:
        return
    yield "advised"
    if first.edits and not findings(edited(mutation.text, first.edits)):
        yield "mended"
    elif show:
        tell("not mended", mutation, first)


def on_layer(place: Span, layer: Span) -> bool:
    """Whether a place is on the lines of a layer, which the change may have made longer."""
    return layer.line <= place.line <= layer.end_line and place.column >= layer.column


def tell(what: str, mutation: Mutation, first: Diagnostic) -> None:
    """Print what failed, in three lines."""
    line = mutation.text.split("\n")[mutation.layer.line - 1].strip()
    print(f"{what}: {mutation.spec}:{mutation.layer.line}: {mutation.change} in {line}")
    place = first.primary.span
    there = place.source.line(place.line).strip()
    print(f"    {first.code} at {place.line}: {first.message}: {there}")
    print(f"    {first.primary.text}; {'; '.join(first.helps)}")


def share(what: str, count: int, whole: int) -> float:
    """Print a share and return it."""
    part = count / whole if whole else 1.0
    print(f"{what}: {part:.1%} ({count} of {whole})")
    return part


if __name__ == "__main__":
    sys.exit(main())
