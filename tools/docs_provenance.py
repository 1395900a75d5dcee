"""The page of the built-in specs: figures, and what differs from others of their name.

What a spec says is a user's text: it is escaped, so that no spec can put markup on a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from docs_markdown import NOTICE, fenced, prose, table

from inceptionspec import Network, load
from inceptionspec.analysis.costs import costs, total
from inceptionspec.analysis.memory import peak_activation_bytes
from inceptionspec.frontend.reading.document import Map
from inceptionspec.frontend.reading.spec_files import builtin_names, open_spec
from inceptionspec.frontend.reading.yaml_reader import read
from inceptionspec.ir.graph import Graph
from inceptionspec.ops.record import shape_text

#: Networks in the order of the page; what is not named here comes after, by name.
ORDER = (
    "inception_v1", "inception_v2", "inception_v3", "inception_v4", "inception_resnet_v1",
    "inception_resnet_v2", "xception",
)  # fmt: skip
#: What `others` calls an implementation, and what the page calls it.
OTHERS: Mapping[str, str] = {
    "paper": "the paper",
    "tf_slim": "TF-Slim",
    "keras": "Keras",
    "torchvision": "torchvision",
    "caffe": "Caffe",
    "inception_2015": "the graph of 2015",
}
#: What one may be after, and the spec that has it.
CHOICES = (
    ("TF-Slim's code and checkpoints",
     ("inception_v1", "inception_v2", "inception_v3", "inception_v4", "inception_resnet_v2")),
    ("the networks of `keras.applications`",
     ("inception_v3_keras", "inception_resnet_v2_keras", "xception", "vgg16", "resnet50",
      "resnet50_v2", "densenet121", "mobilenet_v2")),
    ("the networks of torchvision", ("inception_v3_torchvision", "squeezenet", "resnext50")),
    ("what the paper's text and tables say",
     ("inception_v1_paper", "inception_v3_paper", "inception_resnet_v1")),
    ("features for the Frechet Inception Distance", ("inception_v3_fid",)),
    ("the batch-norm paper's network as most ports have it", ("bn_inception",)),
    ("small images at the cost of large ones", ("inception_v3_151",)),
)  # fmt: skip
#: Sections of a variant's file that say what it is made of.
_SAYS = ("spec", "extends", "name", "checkpoint_scope", "input", "width", "args", "defaults",
         "blocks", "main", "heads", "override", "end_points", "budget")  # fmt: skip


class Builtin(NamedTuple):
    """A built-in spec: its file as it was written, and the network that it makes."""

    name: str
    text: str
    document: Map
    network: Network

    @property
    def base(self) -> str | None:
        """The spec that it extends."""
        return self.document.get("extends")


def provenance() -> str:
    """The page of the built-in specs: figures, and what differs from others of their name."""
    known = {name: _builtin(name) for name in builtin_names()}
    ordered = list(_in_order(known))
    lines = [
        "# The built-in specs and where implementations disagree",
        "",
        NOTICE,
        "",
        "Implementations that share a name are seldom the same network. This page says, network by",
        "network, what each built-in spec does where the paper, TF-Slim, Keras and torchvision",
        "differ, and why. It is generated from the specs.",
        "",
        "Parameters are all variables, moving statistics included. MACs are the",
        "multiply-accumulates of convolutions and dense layers for one image. In the first table",
        "both are those of the main head; [the language](language.md#what-the-figures-count) has",
        "the conventions in full.",
        "",
        *table(
            ("spec", "base", "input", "params:", "MACs:", "what it is"),
            (_summary_row(one) for one in ordered),
        ),
        "",
        "## Which one to take",
        "",
        *table(
            ("for", "take"),
            (
                (wish, ", ".join(_link(name) for name in names if name in known))
                for wish, names in CHOICES
            ),
        ),
    ]
    for one in ordered:
        lines += ["", *_section(one, known)]
    return "\n".join(lines) + "\n"


def _builtin(name: str) -> Builtin:
    source = open_spec(name)
    return Builtin(name, source.text or "", read(source), load(name))


def _in_order(known: Mapping[str, Builtin]) -> Iterator[Builtin]:
    """Every spec that has layers of its own, each followed by its variants."""
    roots = [name for name, one in known.items() if one.base not in known]

    def family(name: str) -> Iterator[Builtin]:
        yield known[name]
        for other, one in known.items():
            if one.base == name:
                yield from family(other)

    for name in sorted(roots, key=lambda name: (name not in ORDER, _position(name), name)):
        yield from family(name)


def _position(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _link(name: str) -> str:
    return f"[`{name}`](#{name})"


def _summary_row(one: Builtin) -> tuple[str, ...]:
    graph = load(one.name, head=one.network.graph.main).graph
    cost = total(costs(graph))
    base = "" if one.base is None else _link(one.base)
    return (
        _link(one.name),
        base,
        shape_text(graph.nodes[0].shape[:2]),
        _number(cost.params),
        _number(cost.macs),
        prose(_first_sentence(one.document.get("doc", ""))),
    )


def _first_sentence(text: str) -> str:
    """Up to the first full stop, or to a colon before it that introduces a list."""
    line = " ".join(text.split())
    return re.split(r"(?<=[^.])[.:](?= [A-Za-z])", line, maxsplit=1)[0].removesuffix(".")


def _number(value: int | None) -> str:
    return "open" if value is None else f"{value:,}"


def _section(one: Builtin, known: Mapping[str, Builtin]) -> Iterator[str]:
    document = one.document
    yield from (f"## {one.name}", "")
    yield f"**{prose(one.network.name)}**, [specs/{one.name}.yaml](../specs/{one.name}.yaml)"
    yield ""
    if "doc" in document:
        yield from (prose(document["doc"]), "")
    if one.base is not None:
        chain = [_link(base) for base in _chain(one, known)]
        yield f"It extends {', which extends '.join(chain)}. What it says itself:"
        yield from ("", *fenced(_own_words(one)), "")
    if document.get("sources"):
        yield from (f"After {'; '.join(prose(source) for source in document['sources'])}.", "")
    yield from _figures(one)
    notes = document.get("provenance", ())
    if notes:
        rows = ((prose(note["topic"]), prose(note["here"]), _others(note["others"]),
                 prose(note.get("why", ""))) for note in notes)  # fmt: skip
        yield from ("", *table(("topic", "here", "elsewhere", "why"), rows))


def _chain(one: Builtin, known: Mapping[str, Builtin]) -> Iterator[str]:
    base = one.base
    while base is not None:
        yield base
        base = known[base].base if base in known else None


def _own_words(one: Builtin) -> str:
    """A variant's own sections as its file has them, but those that this page shows otherwise."""
    kept, keep = [], False
    for line in one.text.splitlines():
        key = re.match(r"([A-Za-z_]+):", line)
        if key is not None:
            keep = key[1] in _SAYS
        if keep and line.strip():
            kept.append(line)
    return "\n".join(kept)


def _others(others: Mapping[str, str]) -> str:
    """What others do, those that do the same together, a line for each."""
    who: dict[str, list[str]] = {}
    for name, does in others.items():
        who.setdefault(does, []).append(OTHERS.get(name) or prose(name))
    return "<br>".join(f"*{', '.join(names)}:* {prose(does)}" for does, names in who.items())


def _figures(one: Builtin) -> Iterator[str]:
    graph = one.network.graph
    rows = [("all heads" if len(graph.heads) > 1 else "whole", graph)]
    if len(graph.heads) > 1:
        main = load(one.name, head=graph.main).graph
        rows.insert(0, (f"head {prose(graph.main)}", main))
    return table(
        ("counted", "layers:", "params:", "trainable:", "MACs:", "FLOPs:", "peak memory:"),
        (_figures_row(title, counted) for title, counted in rows),
    )


def _figures_row(title: str, graph: Graph) -> tuple[str, ...]:
    cost = total(costs(graph))
    peak = peak_activation_bytes(graph)
    counts = (len(graph.nodes), cost.params, cost.trainable_params, cost.macs, cost.flops)
    bytes_ = "open" if peak is None else f"{peak:,} bytes"
    return (title, *(_number(count) for count in counts), bytes_)
