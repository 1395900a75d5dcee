"""`specbuild render`."""

from __future__ import annotations

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
from inceptionspec.cli.parameters import Choice
from inceptionspec.cli.terminal import echo
from inceptionspec.diagnostics.codes import EXIT_MISSING
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import external
from inceptionspec.frontend.reading.spec_files import STDIN
from inceptionspec.utils.atomic_write import refuse_inputs

if TYPE_CHECKING:
    from inceptionspec.drawing.diagram import Coloring, Direction, Fold, ThemeName
    from inceptionspec.drawing.diagram.options import Measure
    from inceptionspec.frontend.load import LoadedSpec


@click.command(
    "render",
    cls=Command,
    examples=(
        "specbuild render inception_v3 -o v3.svg",
        "specbuild render inception_v3 -o v3.png --fold layers --theme dark",
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
    help="Where to write the diagram; the suffix chooses svg, png, pdf, dot or html.",
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
    default="TB",
    show_default=True,
    help="Draw from top to bottom, or from left to right.",
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
    "--collapse-repeats",
    is_flag=True,
    help="Draw a run of equal blocks once, with their number.",
)
@click.option(
    "--diff",
    "other",
    metavar="SPEC",
    shell_complete=completers.specs,
    help="Draw SPEC and this one in one diagram: what this one adds, removes and changes.",
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
    fold: Fold | None,
    only: str | None,
    direction: Direction,
    theme: ThemeName | None,
    color_by: Literal["kind", "time", "efficiency"] | Measure | None,
    bench: str | None,
    values: str | None,
    collapse_repeats: bool,
    other: str | None,
    engine: str,
    **options: Any,
) -> None:
    """Draw SPEC as a diagram, or as an interactive page.

    Draws blocks as frames, branches from left to right, and shapes where they change.
    Prints the file that it wrote.
    """
    from inceptionspec.drawing.diagram import Options, draw_difference_file, draw_file
    from inceptionspec.drawing.diagram.engine import PAGE

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
    wanted = read_options(**options)
    is_page = file.lower().endswith(PAGE)
    if other is not None:
        if color_by or values or only or collapse_repeats:
            message = "`--diff` draws both networks as a whole, in colors of its own"
            help_ = "it goes with `--fold`, `--direction`, `--theme` and `--engine`"
            raise usage_error(message, help_)
        if spec == other == STDIN:
            raise usage_error("standard input holds one spec", "name a file for the other")
        if is_page:
            raise usage_error("a page shows one network", "`--diff` writes svg, png, pdf or dot")
        pair = wanted.load(spec), wanted.load(other)
        refuse_spec_files(file, "-o", *pair)
        chosen = Options(fold, direction=direction, theme=theme or "light")
        note = draw_difference_file(*pair, file, chosen, engine=engine)
    else:
        loaded = wanted.load(spec)
        refuse_spec_files(file, "-o", loaded)
        refuse_inputs(file, (values, bench), external(f"-o {file}"))
        coloring = _coloring(color_by or "kind", values, bench, loaded)
        chosen = Options(fold, only, direction, theme or "light", coloring, collapse_repeats)
        if is_page:
            from inceptionspec.drawing.page import draw_page

            note = draw_page(loaded, file, chosen, engine=engine, theme=theme)
        else:
            note = draw_file(loaded.graph, file, chosen, engine=engine)
    if note:
        echo(f"note: {note}", err=True)
    echo(f"wrote {sanitize(file)}")


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
