"""Write docs/gallery.md and its pictures: every built-in network.

    python tools/make_gallery.py            draw everything anew
    python tools/make_gallery.py --check    exit with 1 if the page or a diagram is stale

Matplotlib draws the plots of costs, and another version of it draws other bytes. Of a plot the
check only reads the network that it states.
"""

from __future__ import annotations

import sys
import tempfile
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from docs_markdown import prose

from inceptionspec import Network, load
from inceptionspec.analysis.summary import Summary
from inceptionspec.frontend.reading.spec_files import builtin_names
from inceptionspec.ops.record import shape_text

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "gallery.md"
FOLDER = ROOT / "docs" / "gallery"
NOTICE = "<!-- Written by tools/make_gallery.py: run `make gallery`. -->"
HEIGHT = 520

#: Families in the order of their years; a network that is named by none would be left out.
ORDER = (
    "inception_v1", "inception_v1_paper",
    "inception_v2", "bn_inception",
    "inception_v3", "inception_v3_paper", "inception_v3_keras", "inception_v3_torchvision",
    "inception_v3_fid", "inception_v3_151",
    "inception_v4",
    "inception_resnet_v1", "inception_resnet_v2", "inception_resnet_v2_keras",
    "xception",
    "vgg16", "squeezenet",
    "resnet50", "resnet50_v2", "resnext50", "densenet121",
    "mobilenet_v2", "mobilenet_v3_large", "nasnet_mobile", "efficientnet_b0",
    "convnext_tiny",
)  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Draw the gallery, or name what is stale; 1 if anything is."""
    if set(arguments) - {"--check"}:
        print(__doc__)
        return 2
    if set(ORDER) != set(builtin_names()):
        print(f"not in ORDER: {', '.join(sorted(set(ORDER) ^ set(builtin_names())))}")
        return 1
    networks = {name: load(name) for name in ORDER}
    if arguments:
        stale = list(stale_files(networks))
        if stale:
            print(f"stale: {', '.join(stale)}; run `make gallery` and look at the pictures")
        return int(bool(stale))
    FOLDER.mkdir(exist_ok=True)
    for file, text in pictures(networks):
        (FOLDER / file).write_text(text, encoding="utf-8")
    for name, network in networks.items():
        network.plot(str(FOLDER / costs_file(name)))
    PAGE.write_text(page(networks), encoding="utf-8")
    kept = sum(file.stat().st_size for file in FOLDER.iterdir())
    print(f"wrote docs/gallery.md and {len(list(FOLDER.iterdir()))} pictures, {kept:,} bytes")
    return 0


def stale_files(networks: Mapping[str, Network]) -> Iterator[str]:
    """The files that are not what would be written now, and those that nobody writes."""
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page(networks):
        yield "docs/gallery.md"
    known = set()
    for file, text in pictures(networks):
        known.add(file)
        path = FOLDER / file
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield f"docs/gallery/{file}"
    for name, network in networks.items():
        file = costs_file(name)
        known.add(file)
        path = FOLDER / file
        if not path.exists() or network.digests["network"] not in path.read_text(encoding="utf-8"):
            yield f"docs/gallery/{file}"
    yield from (f"docs/gallery/{path.name}" for path in FOLDER.iterdir() if path.name not in known)


def pictures(networks: Mapping[str, Network]) -> Iterator[tuple[str, str]]:
    """Every diagram with its file."""
    for name, network in networks.items():
        yield f"{name}.svg", drawn(network)


def drawn(network: Network) -> str:
    """A diagram as SVG text, by the engine that comes with the package."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "drawn.svg")
        network.render(str(file), engine="pure")
        return file.read_text(encoding="utf-8")


def costs_file(name: str) -> str:
    """The picture of a network's costs."""
    return f"{name}_costs.svg"


# The page


def page(networks: Mapping[str, Network]) -> str:
    """The text of the page."""
    lines = [
        "# Gallery",
        "",
        NOTICE,
        "",
        "Every built-in network as `specbuild render` and `specbuild summary --plot` draw it. A",
        "network of more than 60 layers is folded to its blocks. Click a picture for its full",
        "size. [Diagrams](diagrams.md) has other ways to draw a network; on [the page](page.md)",
        "blocks fold and unfold.",
        "",
        "params: all variables, moving statistics included. MACs: multiply-accumulates of",
        "convolutions and dense layers for one image. Memory: activations, float32, batch 1.",
        "[The language](language.md#what-the-figures-count) has the conventions in full.",
        "",
        *(f"- [{prose(network.name)}](#{name})" for name, network in networks.items()),
    ]
    for name, network in networks.items():
        lines += ["", *section(name, network)]
    return "\n".join(lines) + "\n"


def section(name: str, network: Network) -> Iterator[str]:
    """What a network is, how to draw it, and its pictures."""
    yield f"## {name}"
    yield ""
    yield textwrap.fill(facts(name, network), 96, break_long_words=False, break_on_hyphens=False)
    yield ""
    yield from commands(name)
    yield ""
    yield image(f"{name}.svg", f"{network.name}, its blocks in order", HEIGHT)
    yield image(costs_file(name), f"{network.name}, MACs, parameters and memory", HEIGHT)


def commands(name: str) -> Iterator[str]:
    """How to draw it oneself."""
    yield "```sh"
    yield f"specbuild render {name} -o {name}.svg"
    yield f"specbuild summary {name} --plot {name}_costs.svg"
    yield "```"


def image(file: str, words: str, height: int) -> str:
    """A picture that leads to itself in full size."""
    return (
        f'<a href="gallery/{file}"><img src="gallery/{file}" alt="{prose(words)}" '
        f'height="{height}"></a>'
    )


def facts(name: str, network: Network) -> str:
    """One paragraph, all of it counted."""
    report = network.summary()
    total = report.total
    some = f"{total.trainable_params:,} of them"
    trained = "all" if total.trainable_params == total.params else some
    base = network.spec.document.get("extends")
    sentences = [
        f"{prose(str(network.spec.document.get('doc', network.name))).rstrip('.')}.",
        f"It is a variant of [{base}](#{base})." if base in ORDER else "",
        f"Input {shape_text(network.graph.nodes[0].shape)}; {len(report.layers)} layers;",
        f"{total.params:,} parameters, {trained} trained;",
        f"{total.macs:,} MACs and {total.flops:,} FLOPs for an image ({report.counted});",
        f"at most {report.peak_activation_bytes:,} bytes of activations at one time.",
        *heads(report),
        f"Text: [specs/{name}.yaml](../specs/{name}.yaml);",
        f"[where implementations differ](provenance.md#{name}).",
    ]
    return " ".join(filter(None, sentences))


def heads(report: Summary) -> Iterator[str]:
    """A sentence for each head that is not the only one, and what the main head sees."""
    main = report.graph.main
    for head in report.heads:
        if len(report.heads) > 1:
            what = "main" if head.name == main else "auxiliary"
            weight = "" if head.loss_weight is None else f", loss weight {head.loss_weight:g}"
            yield f"`{head.name}` is the {what} head, on `{head.source}`{weight}."
    source = report.graph.head(main).source
    field = report.layers[source].field
    if field is not None and field.stride is not None:
        yield (
            f"A pixel of `{report.graph.nodes[source].path}`, which `{main}` reads, "
            f"sees {field.size[0]}x{field.size[1]} pixels of the input."
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
