"""Whether sweeps say what all else says, on many random variants.

    python tools/check_sweep.py                    # 1,000 rows against the summary of their texts
    python tools/check_sweep.py --keras 500        # 500 variants in Keras: it builds the accepted
    python tools/check_sweep.py --keras 500 --first 200      # goes on after the first 200

The text of each variant is written out as an ``extends`` spec and read like any other: its totals,
digests and findings must be those of the row. Variants for Keras have few filters, and Keras must
build what is accepted, and fail at what is refused for a shape.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from dataclasses import replace
from typing import Any

from inceptionspec.analysis.summary import summarize
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.expansion.inheritance import inherit
from inceptionspec.frontend.linking.flat import FlatNetwork
from inceptionspec.frontend.linking.linker import unlinked_graph
from inceptionspec.frontend.linking.shape_inference import counted, input_shape
from inceptionspec.frontend.load import flattened, load_spec
from inceptionspec.sweep.bases import open_base_spec
from inceptionspec.sweep.evaluate import Evaluator, Task
from inceptionspec.sweep.knobs import find_knobs, parse_setting
from inceptionspec.sweep.records import Refusal

SPECS = {
    "inception_v3": (
        "width=0.1..1.5:0.01",
        "input=75..400",
        "Mixed_6b.filters_7=8..256:8",
        "Mixed_6[c-e].filters_7=8..256:8",
        "Mixed_5[bcd].pool=1..64",
    ),
    "inception_v1": ("width=0.1..1.5:0.01", "input=33..400", "classes=1..2000"),
    "inception_v4": ("width=0.1..1:0.01", "input=75..400", "classes=1..2000"),
    "mobilenet_v2": ("width=0.1..1.5:0.01", "input=1..400", "classes=1..2000"),
    "resnext50": ("width=0.5..1:0.125", "input=1..400", "classes=1..2000"),
}


def evaluators(few: bool) -> dict[str, Evaluator]:
    """An evaluator for each spec; with few filters for what is built."""
    found = {}
    for spec, settings in SPECS.items():
        if few:
            widths = "width=0.125,0.25,0.3" if spec == "resnext50" else "width=0.01..0.05:0.01"
            settings = (widths, "input=1..400", *settings[2:])
        base = open_base_spec(spec)
        knobs = find_knobs(list(map(parse_setting, settings)), [base])
        found[spec] = Evaluator(Task((base.texts,), knobs, documents=True))
    return found


def rows(count: int, draw: random.Random) -> int:
    """Compare rows with texts that are read; the number of rows that differ."""
    wrong = refused = 0
    known = evaluators(few=False)
    for _ in range(count):
        spec = draw.choice(list(known))
        one = known[spec]
        values = [draw.choice(knob.values) for knob, _ in one.task.knobs]
        outcome = one.outcome(values)
        source = Source("variant.yaml", one.text(0, values, spec).text)
        try:
            summary = summarize(load_spec(source))
        except SpecError as error:
            first = error.findings[0]
            refused += 1
            same = outcome.refusal is not None and (
                (outcome.refusal.code, outcome.refusal.message) == (first.code, first.message)
            )
        else:
            figures = outcome.figures
            same = figures is not None and (
                (figures.params, figures.trainable_params, figures.macs, figures.flops)
                == summary.total[:4]
                and figures.memory == summary.peak_activation_bytes
                and {"network": outcome.network, "document": outcome.document} == summary.digests
            )
        if not same:
            wrong += 1
            print(f"{spec} {values}: the row is {outcome}")
    print(f"{count:,} variants ({refused:,} refused): {wrong} rows differ from their texts")
    return wrong


def built(numbers: range, seed: int) -> int:
    """Build variants with Keras; the number of those of which Keras does not say the same.

    Keras must build what is accepted, with as many parameters, and must fail at what is refused
    for a shape (E04): not what has windows of padding alone (E0409), which it computes. A variant
    follows from the seed and its number alone.
    """
    wrong, refused = 0, 0
    known = evaluators(few=True)
    for number in numbers:
        draw = random.Random(f"{seed} {number}")
        outcome = None
        while outcome is None or not (outcome.figures or _is_shape(outcome.refusal)):
            spec = draw.choice(list(known))
            one = known[spec]
            values = [draw.choice(knob.values) for knob, _ in one.task.knobs]
            outcome = one.outcome(values)
        text = one.text(0, values, spec).text
        said: object = _parameters(text)
        if outcome.figures is None:
            refused += 1
            same = isinstance(said, Exception)
        else:
            same = said == outcome.figures.params
        if not same:
            wrong += 1
            print(
                f"{number}: {spec} {values}: the row is {outcome}, Keras says {said!r}", flush=True
            )
        if (number + 1) % 25 == 0:
            print(f"up to {number + 1}: {wrong} wrong, {refused} refused", flush=True)
    print(
        f"{len(numbers):,} variants, {refused} of them refused for a shape: of {wrong} Keras says"
        " something else"
    )
    return wrong


def _is_shape(refusal: Refusal | None) -> bool:
    return refusal is not None and refusal.code.startswith("E04") and refusal.code != "E0409"


def _parameters(text: str) -> object:
    """The parameters of what Keras builds of a text, or what it raises.

    No shape is ours: each layer is made of its attributes and the tensors of Keras that it reads.
    Weights have their shapes and no values, which would take half of the time.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.backend.clear_session(free_memory=False)
    flat = flattened(inherit(Source("variant.yaml", text)))
    with keras.StatelessScope(initialize_variables=False):
        return _built(flat)


def _built(flat: FlatNetwork) -> object:
    import keras

    from inceptionspec.backends.keras.emit import EMITTERS

    tensors: list[Any] = []
    for layer, node in zip(flat.layers, unlinked_graph(flat).nodes, strict=True):
        read = [tensors[source] for source in layer.inputs]
        shapes = [tuple(tensor.shape[1:]) for tensor in read]
        attributes, shape = node.attributes, input_shape(flat.spec.input)
        if read:
            entry = shapes[0] if layer.entry is None else tuple(tensors[layer.entry].shape[1:])
            attributes = layer.op.resolve(counted(layer.op, attributes, entry), shapes)
            shape = max(shapes, key=len)
        if node.op == "squeeze":
            shape = shape[-1:]
        try:
            tensors.append(
                EMITTERS[node.op](replace(node, attributes=attributes, shape=shape), read)
            )
        except (ValueError, TypeError) as error:
            return error
    return keras.Model(tensors[0], [tensors[end.output] for end in flat.heads]).count_params()


def main() -> int:
    """Print what differs; 1 if anything does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--keras", type=int, default=0, help="instead: the variants for Keras")
    parser.add_argument("--first", type=int, default=0, help="the number of the first of those")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.keras:
        return int(bool(built(range(given.first, given.keras), given.seed)))
    return int(bool(rows(given.rows, random.Random(given.seed))))


if __name__ == "__main__":
    sys.exit(main())
