"""`specbuild render`."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import click

from inceptionspec.cli import completers
from inceptionspec.cli.command import Command, usage_error
from inceptionspec.cli.options import (
    read_options,
    refuse_spec_files,
    spec_argument,
    spec_options,
)
from inceptionspec.cli.parameters import Choice, Whole
from inceptionspec.cli.terminal import echo
from inceptionspec.diagnostics.codes import EXIT_MISSING
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import external
from inceptionspec.frontend.reading.spec_files import STDIN
from inceptionspec.utils.atomic_write import refuse_inputs

if TYPE_CHECKING:
    from inceptionspec.drawing.diagram import (
        Coloring,
        Comparison,
        Direction,
        Fold,
        Options,
        ThemeName,
    )
    from inceptionspec.drawing.diagram.options import Measure, PageName
    from inceptionspec.frontend.load import LoadedSpec

PAGE, STDOUT = ".html", "-"


@click.command(
    "render",
    cls=Command,
    examples=(
        "specbuild render inception_v3 -o v3.svg",
        "specbuild render inception_v3 -o v3.png --fold layers --theme dark",
        "specbuild render inception_v3 -o v3.pdf --page a4",
        "specbuild render inception_v3 -o block.svg --only Mixed_6b",
        "specbuild render inception_v3 -o cost.svg --color-by macs",
        "specbuild render inception_v3 -o change.svg --diff mine.yaml",
        "specbuild render inception_v3 -o v3.html",
    ),
    exits={EXIT_MISSING: "a diagram engine is missing"},
)
@spec_argument
@click.option(
    "-o",
    "--output",
    "file",
    required=True,
    metavar="FILE",
    shell_complete=completers.files,
    help="Where to write the diagram; the suffix chooses svg, png, pdf, tex, dot or html. "
    "`-` is standard output.",
)
@click.option(
    "--format",
    "form",
    type=Choice(["svg", "png", "pdf", "tex", "dot", "html"]),
    help="What `-o -` writes.  [default: svg]",
)
@click.option(
    "--fold",
    type=Choice(["network", "branches", "layers"]),
    help="Draw a box for each block, each run of layers, or each layer.  "
    "[default: layers up to 60 layers, network above]",
)
@click.option(
    "--only",
    metavar="PATH",
    shell_complete=completers.paths,
    help="Draw one block, head, group or branch, as `Mixed_6b`.",
)
@click.option(
    "--direction",
    type=Choice(["TB", "LR"]),
    help="Draw from top to bottom, or from left to right.  [default: TB; --page chooses]",
)
@click.option(
    "--wrap",
    type=Whole(1, 100),
    default=1,
    metavar="N",
    help="Draw the trunk in N columns (rows with --direction LR) that are read like text.",
)
@click.option(
    "--page",
    type=Choice(["a4", "slide", "column"]),
    help="Fit a page of A4, a slide of 1920x1080 or a column of a paper with letters that are "
    "read, and as much detail as goes there.",
)
@click.option(
    "--theme",
    type=Choice(["light", "dark", "print"]),
    help="Colors for a light or a dark background, or for paper.  "
    "[default: light; html follows the reader's system]",
)
@click.option(
    "--color-by",
    type=Choice(["kind", "macs", "params", "memory", "time", "efficiency"]),
    help="Color by kind of operator, by a cost, or by what --bench FILE measured.  [default: kind]",
)
@click.option(
    "--bench",
    "bench",
    metavar="FILE",
    shell_complete=completers.files,
    help="A profile for --color-by time|efficiency, as `bench --profile -o FILE.json` writes it.",
)
@click.option(
    "--values",
    "values",
    metavar="FILE",
    shell_complete=completers.files,
    help="Color by a number for each path: a JSON file of the form inceptionspec.values/1.",
)
@click.option(
    "--collapse-repeats/--all-repeats",
    "collapse_repeats",
    default=None,
    help="Draw a run of equal blocks once, with their number, or each of them.  "
    "[default: once at the fold level `network`]",
)
@click.option("--title/--no-title", default=True, help="Draw the title, or leave it out.")
@click.option("--legend/--no-legend", default=True, help="Draw the legend, or leave it out.")
@click.option("--names", is_flag=True, help="Write the names of layers into boxes.")
@click.option(
    "--activations",
    is_flag=True,
    help="Write norms and activations of layers into boxes; `linear` is none.",
)
@click.option(
    "--diff",
    "other",
    metavar="SPEC",
    shell_complete=completers.specs,
    help="Draw SPEC and this one in one diagram: what this one adds, removes and changes.",
)
@click.option(
    "--no-training",
    is_flag=True,
    help="With --diff, leave out what only trains differently: initializers, L2, momentum.",
)
@click.option(
    "--engine",
    type=Choice(["auto", "pure", "system"]),
    default="auto",
    show_default=True,
    help="Draw with the engine from PyPI (pure) or the system's dot.",
)
@spec_options
def command(
    spec: str,
    file: str,
    form: str | None,
    fold: Fold | None,
    only: str | None,
    direction: Direction | None,
    wrap: int,
    page: PageName | None,
    theme: ThemeName | None,
    color_by: Literal["kind", "time", "efficiency"] | Measure | None,
    bench: str | None,
    values: str | None,
    collapse_repeats: bool | None,
    title: bool,
    legend: bool,
    names: bool,
    activations: bool,
    other: str | None,
    no_training: bool,
    engine: str,
    **options: Any,
) -> None:
    """Draw SPEC as a diagram, or as an interactive page.

    Draws blocks as frames, branches from left to right, and shapes where they change.
    Prints the file that it wrote.
    """
    from inceptionspec.drawing.diagram import Comparison, Options

    if color_by is not None and values is not None:
        raise usage_error("`--color-by` and `--values` both set the colors", "give one of them")
    timed = color_by in ("time", "efficiency")
    if timed and bench is None:
        raise usage_error(
            f"`--color-by {color_by}` needs `--bench`",
            "write the file with `specbuild bench SPEC --profile -o FILE.json`",
        )
    if bench is not None and not timed:
        raise usage_error(
            "`--bench` needs `--color-by time` or `--color-by efficiency`", "add one of them"
        )
    if no_training and other is None:
        raise usage_error("`--no-training` needs `--diff`", "add `--diff SPEC`")
    wanted = read_options(**options)
    suffix = _suffix(file, form)
    chosen = Options(
        fold,
        only,
        direction,
        theme or "light",
        collapse_repeats=collapse_repeats,
        wrap=wrap,
        page=page,
        title=title,
        legend=legend,
        names=names,
        activations=activations,
        training=not no_training,
    )
    if other is not None and (color_by or values):
        message = "with `--diff` colors say what differs"
        raise usage_error(message, "leave out `--color-by` and `--values`")
    if other is not None and spec == other == STDIN:
        raise usage_error("standard input holds one spec", "name a file for the other")
    loaded = wanted.load(spec)
    drawn = loaded if other is None else Comparison(loaded, wanted.load(other))
    refuse_spec_files(file, "-o", *(drawn if isinstance(drawn, Comparison) else (drawn,)))
    refuse_inputs(file, (values, bench), external(f"-o {file}"))
    if other is None:
        coloring = _coloring(color_by or "kind", values, bench, loaded)
        chosen = replace(chosen, coloring=coloring)
    note = _write(drawn, file, suffix, chosen, theme, engine)
    if note:
        echo(f"note: {note}", err=True)
    if file != STDOUT:
        echo(f"wrote {sanitize(file)}")


def _suffix(file: str, form: str | None) -> str:
    """The suffix of what is written; that of a file is its own."""
    if form is not None and file != STDOUT:
        raise usage_error("`--format` says what `-o -` writes", "the suffix of a file says so")
    if file != STDOUT:
        return PAGE if file.lower().endswith(PAGE) else ""
    suffix = f".{form or 'svg'}"
    if suffix in (".png", ".pdf") and sys.stdout.isatty():
        raise usage_error(f"a terminal shows no {suffix[1:]}", "write a file, or to a pipe")
    return suffix


def _write(
    drawn: LoadedSpec | Comparison,
    file: str,
    suffix: str,
    options: Options,
    theme: ThemeName | None,
    engine: str,
) -> str:
    """Write the diagram or the page; what a user should know."""
    from inceptionspec.drawing.diagram import Comparison, draw_bytes, draw_file

    if suffix == PAGE:
        from inceptionspec.drawing import page

        if file != STDOUT:
            return page.draw_page(drawn, file, options, engine=engine, theme=theme)
        _to_stdout(page.page_text(page.page_data(drawn, options, theme)).encode("utf-8"))
        return "; ".join(page.notes(options, engine))
    graphs = drawn if isinstance(drawn, Comparison) else drawn.graph
    if file != STDOUT:
        return draw_file(graphs, file, options, engine=engine)
    content, note = draw_bytes(graphs, suffix, options, engine=engine)
    _to_stdout(content)
    return note


def _to_stdout(content: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.flush()


def _coloring(
    color_by: Literal["kind", "time", "efficiency"] | Measure,
    values: str | None,
    bench: str | None,
    loaded: LoadedSpec,
) -> Coloring:
    """What colors mean; values are read, and must be of this very loaded."""
    from inceptionspec.drawing.diagram import ByCost, ByKind, ByValues

    if values is not None:
        from inceptionspec.analysis.layer_values import read_layer_values

        return ByValues(read_layer_values(values, loaded))
    if color_by == "time" or color_by == "efficiency":
        from inceptionspec.bench.records.profile_file import read_profile

        return ByValues(read_profile(bench or "", loaded, color_by))
    return ByKind() if color_by == "kind" else ByCost(color_by)
