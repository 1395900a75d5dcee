"""Write the pages of the documentation that are generated from code and specs.

    python tools/make_docs.py            write the pages that are listed in PAGES
    python tools/make_docs.py --check    exit with 1 if one of them is stale

What a spec says is a user's text: it is escaped, so that no spec can put markup on a page.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import inceptionspec
from inceptionspec import Limits, Network, load
from inceptionspec.analysis.costs import costs, total
from inceptionspec.analysis.memory import peak_activation_bytes
from inceptionspec.cli.examples import findings_of
from inceptionspec.diagnostics.codes import CODES
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.explain import FAMILIES, Example, page
from inceptionspec.frontend.reading.document import Map
from inceptionspec.frontend.reading.spec_files import builtin_names, open_spec
from inceptionspec.frontend.reading.yaml_reader import read
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.slim_names import SLIM_NAMES
from inceptionspec.ops import OPS
from inceptionspec.ops.epilogue import EPILOGUE_ATTRIBUTES
from inceptionspec.ops.record import Attribute, Op, Shape, shape_text
from inceptionspec.reports.findings.full import full

ROOT = Path(__file__).resolve().parent.parent
NOTICE = "<!-- Written by tools/make_docs.py: change what it is made of, then run it again. -->"

# What Markdown acts on inside a line; underscores only where they are not inside a word.
_MARKUP = re.compile(r"[\\`*{}\[\]<>|~&#$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# What opens a list or a heading at the start of a line.
_BLOCK = re.compile(r"^(\d*)([-+=](?=[-+=\s]|$)|(?<=\d)[.)](?=\s|$))")
_CODE = re.compile(r"`([^`|]+)`")


def prose(text: str) -> str:
    """Somebody's text on one line, of which Markdown makes nothing but text.

    Words between backticks are set as code, in which nothing is markup.
    """
    parts = _CODE.split(sanitize(" ".join(text.split())))
    line = "".join(
        f"`{part}`" if number % 2 else _MARKUP.sub(r"\\\g<0>", part)
        for number, part in enumerate(parts)
    )
    return _BLOCK.sub(r"\1\\\2", line)


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table; a title that ends in ``:`` heads a column of numbers."""
    yield f"| {' | '.join(title.rstrip(':') for title in titles)} |"
    yield f"|{'|'.join('---:' if title.endswith(':') else '---' for title in titles)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


# Operators


class Words(NamedTuple):
    """What an operator's functions compute, in words, and a line that shows it in use."""

    example: str
    output: str
    macs: str = ""
    other: str = ""


_SLID = "height and width by [stride and padding](language.md#windows-and-padding)"
_TAIL = "bias 1, batch norm 2, activation 1 (softmax 5) for each output element"
_KEPT = "that of the input"

#: One entry for each operator of the table; the page cannot be made without it.
WORDS: Mapping[str, Words] = {
    "input": Words("input: {size: 299x299, channels: 3, range: [-1, 1]}",
                   "height x width x channels, as the section says"),
    "conv": Words("{op: conv, kernel: 3x3, filters: 64, stride: 2}", f"{_SLID}; `filters` channels",
                  "output elements x kernel height x kernel width x channels / groups", _TAIL),
    "depthwise_conv": Words("{op: depthwise_conv, kernel: 3x3}",
                            f"{_SLID}; channels x `depth_multiplier`",
                            "output elements x kernel height x kernel width", _TAIL),
    "separable_conv": Words(
        "{op: separable_conv, kernel: 3x3, filters: 64}", f"{_SLID}; `filters` channels",
        "output pixels x channels x depth_multiplier x "
        "(kernel height x kernel width + filters)", _TAIL),
    "conv_transpose": Words(
        "{op: conv_transpose, kernel: 4x4, filters: 32, stride: 2}",
        "`same`: size x stride; `valid`: (size - 1) x stride + kernel, and at least size x stride; "
        "pixels: (size - 1) x stride + kernel - pixels; `filters` channels",
        "input elements x kernel height x kernel width x filters, cropped ones included", _TAIL),
    "dense": Words("{op: dense, units: 1000}", "a vector of `units` features; it reads a vector",
                   "features x units", _TAIL),
    "max_pool": Words("{op: max_pool, kernel: 3x3, stride: 2}", f"{_SLID}; channels as they come",
                      other="output elements x kernel height x kernel width"),
    "avg_pool": Words("{op: avg_pool, kernel: 3x3}", f"{_SLID}; channels as they come",
                      other="output elements x kernel height x kernel width"),
    "global_avg_pool": Words("{op: global_avg_pool}",
                             "a vector of the channels; a map of 1x1 with `keep_dims: true`",
                             other="input elements"),
    "global_max_pool": Words("{op: global_max_pool}",
                             "a vector of the channels; a map of 1x1 with `keep_dims: true`",
                             other="input elements"),
    "adaptive_avg_pool": Words("{op: adaptive_avg_pool, size: 7x7}",
                               "`size`; channels as they come",
                               other="1 for each pixel that a window reads"),
    "batch_norm": Words("{op: batch_norm, scale: false}", _KEPT, other="2 for each element"),
    "layer_norm": Words("{op: layer_norm, epsilon: 1e-6}", _KEPT,
                        other="for each element 5, 1 with `center`, 1 with `scale`"),
    "group_norm": Words("{op: group_norm, groups: 32}", _KEPT,
                        other="for each element 5, 1 with `center`, 1 with `scale`"),
    "normalize": Words("{op: normalize}", _KEPT, other="2 for each element"),
    "rescale": Words("{op: rescale, scale: 0.00392156862745098}", _KEPT,
                     other="for each element 1 where the scale is not 1, 1 where the offset is "
                     "not 0"),
    "layer_scale": Words("{op: layer_scale, init: {constant: 1e-6}}", _KEPT,
                         other="1 for each element"),
    "prelu": Words("{op: prelu}", _KEPT, other="1 for each element"),
    "drop_path": Words("{op: drop_path, rate: 0.2}", _KEPT),
    "lrn": Words("{op: lrn, radius: 2, alpha: 2e-5, beta: 0.75}", _KEPT,
                 other="2 x (2 x radius + 1) + 3 for each element"),
    "activation": Words("{op: activation, function: relu}", _KEPT,
                        other="1 for each element (softmax 5)"),
    "softmax": Words("{op: softmax}", _KEPT, other="5 for each element"),
    "dropout": Words("{op: dropout, rate: 0.2}", _KEPT),
    "flatten": Words("{op: flatten}", "a vector of height x width x channels features"),
    "squeeze": Words("{op: squeeze}", "a vector of the channels; it reads a map of 1x1"),
    "pad": Words("{op: pad, padding: 1}", "the map and its frame"),
    "crop": Words("{op: crop, pixels: 1}", "the map without its edges"),
    "upsample": Words("{op: upsample, factor: 2, method: bilinear}",
                      "height and width times `factor`; channels as they come",
                      other="`bilinear` 7 for each output element: four products, three sums"),
    "space_to_depth": Words(
        "{op: space_to_depth, block_size: 2}",
        "height and width by `block_size`, which divides them; channels x `block_size` squared"),
    "depth_to_space": Words(
        "{op: depth_to_space, block_size: 2}",
        "height and width times `block_size`; channels by `block_size` squared, which divides "
        "them"),
    "channel_shuffle": Words("{op: channel_shuffle, groups: 3}", _KEPT),
    "slice": Words("{op: slice, start: 16, stop: 32}",
                   "`stop` less `start` channels; it reads a map or a vector"),
    "concat": Words("merge: concat", "channels of all branches; they share height and width"),
    "add": Words("merge: {op: add, scale: 0.17, activation: relu}",
                 "that of the branches, which is one",
                 other="for each element and branch but the first 1, and 1 where it is scaled; "
                 "activation 1"),
    "multiply": Words("merge: multiply", "that of the map among the branches",
                      other="1 for each element and branch but the first; activation 1"),
}  # fmt: skip

#: Categories of the records in the order of the page, and their headings.
CATEGORIES: Mapping[str, str] = {
    "input": "Input",
    "convolution": "Convolutions",
    "dense": "Dense layers",
    "pooling": "Pools",
    "normalization": "Norms",
    "activation": "Activations",
    "regularization": "Regularization",
    "reshape": "Reshaping",
    "merge": "Merges",
}
SHARED = "What convolutions and dense layers share"
_SHARED_NAMES = frozenset(attribute.name for attribute in EPILOGUE_ATTRIBUTES)

# A sample from whose sizes the meaning of each side of a weight can be told.
_SAMPLE: Mapping[str, Any] = {
    "kernel": (5, 11), "stride": (1, 1), "padding": "same", "dilation": (1, 1), "clip": False,
    "filters": 26, "groups": 2, "units": 17, "depth_multiplier": 3, "bias": True,
    "norm": {"momentum": 0.99, "epsilon": 1e-3, "center": True, "scale": True},
    "activation": None, "momentum": 0.99, "epsilon": 1e-3, "center": True, "scale": True,
}  # fmt: skip
_CHANNELS, _FEATURES = 14, 19
_SIDES: Mapping[int, str] = {
    5: "kernel height", 11: "kernel width", 26: "filters", 17: "units",
    _CHANNELS: "channels", _CHANNELS // 2: "channels / groups",
    3: "depth_multiplier", 3 * _CHANNELS: "channels x depth_multiplier",
    _FEATURES: "features", 1: "1",
}  # fmt: skip
_WHEN = {
    "bias": "where there is a bias",
    "beta": "of a norm with `center`",
    "gamma": "of a norm with `scale`",
    "moving_mean": "of a norm; not trained",
    "moving_variance": "of a norm; not trained",
    "mean": "not trained",
    "variance": "not trained",
    "count": "not trained",
}


def operators() -> str:
    """The page of all operators, each from its record."""
    lines = [
        "# Operators",
        "",
        NOTICE,
        "",
        "These are all operators that a spec can use. [The language](language.md) says how to",
        "combine them. A shape is height x width x channels, or the number of features of a",
        "vector; it leaves out the batch, and counts are for one image. A merge is written under",
        "`merge`, every other operator under `op`. Only attributes marked as required must be",
        "given, and `defaults` can give any of them.",
        "",
        *table(
            ("operator", "what it does"),
            (
                (f"[`{op.name}`](#{op.name})", prose(op.doc))
                for category in CATEGORIES
                for op in _of(category)
            ),
        ),
    ]
    for category, heading in CATEGORIES.items():
        lines += ["", f"## {heading}"]
        for op in _of(category):
            lines += ["", *_operator(op)]
        if category == "dense":
            lines += ["", *_shared()]
    return "\n".join(lines) + "\n"


def _of(category: str) -> Iterator[Op]:
    return (op for op in OPS.values() if op.category == category)


def _operator(op: Op) -> Iterator[str]:
    words = WORDS[op.name]
    yield from (f"### {op.name}", "", prose(op.doc), "", "```text", words.example, "```", "")
    yield f"- Output: {words.output}."
    if words.macs:
        yield f"- MACs: {words.macs}."
    if words.other:
        yield f"- Other operations: {words.other}."
    if op.in_place:
        yield "- It works in place where nobody reads its input later."
    weights = list(_weights(op))
    if weights:
        yield from ("", *table(("weight", "shape", "", "in a TF-Slim checkpoint"), weights))
    own = [one for one in op.attributes if one.name not in _SHARED_NAMES or not _has_tail(op)]
    if own:
        yield from ("", *_attributes(own))
    if _has_tail(op):
        yield from ("", f"It also has [the attributes](#{_anchor(SHARED)}) of its bias, norm,")
        yield "activation, initializers and weight decay."


def _has_tail(op: Op) -> bool:
    return any(one is EPILOGUE_ATTRIBUTES[0] for one in op.attributes)


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def _shared() -> Iterator[str]:
    yield from (f"### {SHARED}", "", "After the product comes the bias, then the norm, then the")
    yield "activation. [The language](language.md#bias-norm-and-activation) has examples of each."
    yield from ("", *_attributes(EPILOGUE_ATTRIBUTES))


def _attributes(attributes: Iterable[Attribute]) -> Iterator[str]:
    rows = (
        (
            f"`{one.name}`",
            "required" if one.required else f"`{_yaml(one.default)}`",
            prose(one.doc),
            prose(one.kind.expected),
        )
        for one in attributes
    )
    return table(("attribute", "default", "what it is", "it must be"), rows)


def _yaml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_yaml(one)}" for key, one in value.items()) + "}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _weights(op: Op) -> Iterator[tuple[str, str, str, str]]:
    """The arrays of an operator, their sides told from those of a sample."""
    shape: Shape = (_FEATURES,) if op.name == "dense" else (9, 9, _CHANNELS)
    for weight in op.weights(_SAMPLE, [shape]):
        own = not _has_tail(op)  # then the layer's path is the scope of its weights
        slim = weight.name if own else SLIM_NAMES[weight.name]
        when = _WHEN.get(weight.name, "").replace("of a norm", "", own)
        when = "" if op.name == "layer_scale" else when
        sides = " x ".join(_SIDES[side] for side in weight.shape) or "one number"
        yield f"`{weight.name}`", sides, when.removeprefix("; ").strip(), f"`{slim}`"


# Provenance

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
        yield from ("", *_fenced(_own_words(one)), "")
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


def _fenced(text: str) -> Iterator[str]:
    """A text as a block of code, in a fence that does not occur in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    yield from (f"{fence}yaml", text, fence)


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


# Findings


def findings() -> str:
    """The page of all codes: what each means, an example that has it, one that has not."""
    lines = [
        "# Findings",
        "",
        NOTICE,
        "",
        "Every finding has a code. This page has what `specbuild explain CODE` says about each.",
        "After each example that fails is what the command prints.",
        "",
        *table(("codes", "what they are about"),
               ((f"[{start}](#{_anchor(_heading(start, about))})", about)
                for start, about in FAMILIES.items())),
    ]  # fmt: skip
    for start, about in FAMILIES.items():
        lines += ["", f"## {_heading(start, about)}"]
        for code in CODES:
            if code.startswith(start):
                lines += ["", *_finding(code)]
    return "\n".join(lines) + "\n"


def _heading(start: str, about: str) -> str:
    return f"{start} {about}"


def _finding(code: str) -> Iterator[str]:
    one = page(code)
    yield f"### {code} {CODES[code].title}"
    for paragraph in one.paragraphs:
        yield from ("", prose(paragraph))
    yield from ("", "This fails:" if one.bad.runs else "It is met where this fails:", "")
    yield from _shown(one.bad)
    if one.good is not None:
        yield from ("", "This passes:", "")
        yield from _shown(one.good, shows_command=one.good.worth_showing)


def _shown(example: Example, *, shows_command: bool = True) -> Iterator[str]:
    """Files of an example, its command if that says more, and what the command finds."""
    for number, (name, text) in enumerate(example.files.items()):
        if len(example.files) > 1:
            yield from (f"`{name}`:", "")
        yield from _fenced(text.rstrip("\n"))
        if shows_command or number + 1 < len(example.files):
            yield ""
    if not shows_command:
        return
    found = full(findings_of(example)).rstrip("\n")
    yield from ("```text", f"$ {example.command}", *([found] if found else ()), "```")


# Python API

#: The sections of the page of the Python API: what each has, by its path from the package.
API: Mapping[str, tuple[str, ...]] = {
    "Reading specs": ("load", "loads", "builtin_specs", "Limits"),
    "Networks": ("Network", "Part"),
    "Models from elsewhere": ("import_model", "from_keras", "ImportedModel"),
    "What a network answers with": (
        "NetworkSummary", "NetworkTimes", "NetworkDifference", "MovedNetwork", "OptimizedNetwork",
        "CheckResult",
        "PredictionResult", "EvaluationResult", "ExportedFile", "export.receipt.Receipt",
        "engines.inference.Inference", "backends.onnx.exported.OnnxModel",
    ),
    "Many variants": ("run_sweep", "Swept"),
    "Training": ("train", "resume", "TrainingResult"),
    "Exported files": ("verify", "VerifiedFile"),
    "Runs and exported files on labeled pictures": ("evaluate",),
    "Errors": (
        "SpecError", "SpecSyntaxError", "SpecReferenceError", "ShapeError", "LimitError",
        "ContractError", "WeightsError", "MissingPackageError", "UsageError",
    ),
}  # fmt: skip
_PARTS = ("Args:", "Attributes:", "Raises:")
_WIDEST_SIGNATURE = 88


def api() -> str:
    """The page of the Python API, from the docstrings of its public names."""
    lines = [
        "# Python API",
        "",
        NOTICE,
        "",
        "Importing `inceptionspec` imports nothing else: each name is loaded when it is first",
        "used, and TensorFlow when a model is built. Every object prints itself in at most 40",
        "lines, and a notebook shows it as a table or a picture.",
        "",
        "```pycon",
        ">>> import inceptionspec",
        "```",
        "",
        *table(
            ("name", "what it is for"),
            (
                (f"[`{_last(name)}`](#{_last(name).lower()})", _plain(_first(_public(name))))
                for names in API.values()
                for name in names
            ),
        ),
    ]
    for heading, names in API.items():
        lines += ["", f"## {heading}"]
        for name in names:
            lines += ["", *_api_entry(name)]
    return "\n".join(lines) + "\n"


def _api_entry(name: str) -> Iterator[str]:
    value, short = _public(name), _last(name)
    yield from (f"### {short}", "")
    if name not in dir(inceptionspec):
        yield from (f"From `inceptionspec.{name.rpartition('.')[0]}`.", "")
    if inspect.isfunction(value):
        yield from (*_signature(short, value), "")
    yield from _docstring(value)
    if not inspect.isclass(value):
        return
    for member, found in vars(value).items():
        if member.startswith("_") or member == "of" or not found.__doc__:
            continue
        if inspect.isfunction(found):
            yield from ("", f"#### {short}.{member}", "")
            yield from (*_signature(f"{short}.{member}", found), "")
            yield from _docstring(found)
        elif isinstance(found, (property, cached_property)):
            yield from ("", f"#### {short}.{member}", "")
            yield from _docstring(found)


def _public(name: str) -> Any:
    """A public object by its path from the package."""
    module, _, last = name.rpartition(".")
    return getattr(importlib.import_module(f"inceptionspec.{module}".rstrip(".")), last)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _first(value: Any) -> str:
    return (inspect.getdoc(value) or "").partition("\n\n")[0].replace("\n", " ")


def _signature(name: str, function: Any) -> Iterator[str]:
    """A call with its types, a line for each argument where one line is too short."""
    signature = inspect.signature(function)
    words = []
    keyword_only = False
    for one in signature.parameters.values():
        if one.name == "self":
            continue
        if one.kind is one.KEYWORD_ONLY and not keyword_only:
            words.append("*")
            keyword_only = True
        stars = "**" if one.kind is one.VAR_KEYWORD else ""
        default = "" if one.default is one.empty else f" = {_default(one.default)}"
        words.append(f"{stars}{one.name}: {one.annotation}{default}")
    end = f") -> {signature.return_annotation}"
    line = f"{name}({', '.join(words)}{end}"
    yield "```python"
    if len(line) <= _WIDEST_SIGNATURE:
        yield line
    else:
        yield f"{name}("
        yield from (f"    {word}," for word in words)
        yield end
    yield "```"


def _default(value: Any) -> str:
    return f"{type(value).__name__}()" if isinstance(value, Limits) else repr(value)


def _docstring(value: Any) -> Iterator[str]:
    """A docstring as Markdown: paragraphs, lists of what it names, examples as blocks."""
    for number, paragraph in enumerate((inspect.getdoc(value) or "").split("\n\n")):
        first, _, rest = paragraph.partition("\n")
        if number:
            yield ""
        if first.startswith(">>>"):
            yield from ("```pycon", *paragraph.replace("'''", '"""').split("\n"), "```")
        elif first in _PARTS:
            yield from _named(first, rest)
        else:
            yield from (_plain(line) for line in paragraph.split("\n"))


def _named(title: str, text: str) -> Iterator[str]:
    """What a section of a docstring names, as a list."""
    yield from (title.replace("Args", "Arguments"), "")
    for entry in re.split(r"\n(?=\S)", textwrap.dedent(text)):
        name, _, words = " ".join(entry.split()).partition(": ")
        yield f"- `{name}`: {_plain(words)}"


def _plain(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")


PAGES: Mapping[str, Callable[[], str]] = {
    "docs/api.md": api,
    "docs/findings.md": findings,
    "docs/operators.md": operators,
    "docs/provenance.md": provenance,
}


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or name those that are stale; 1 if there are any."""
    if set(arguments) - {"--check"}:
        print(__doc__)
        return 2
    stale = []
    for name, make in PAGES.items():
        path, text = ROOT / name, make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not arguments:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    if arguments and stale:
        print(f"stale: {', '.join(stale)}; run `python tools/make_docs.py`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
