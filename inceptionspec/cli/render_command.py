"""`specbuild render`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import click

from inceptionspec.cli.options import read_options, spec_argument, spec_options
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.frontend.reading.spec_files import STDIN

if TYPE_CHECKING:
    from inceptionspec.drawing.diagram import Coloring, Direction, Fold, ThemeName
    from inceptionspec.drawing.diagram.options import Measure
    from inceptionspec.frontend.load import LoadedSpec


_EXAMPLES = """
\b
Examples:
  specbuild render inception_v3 -o v3.svg
  specbuild render inception_v3 -o v3.png --fold layers --theme dark
  specbuild render inception_v3 -o block.svg --only Mixed_6b
  specbuild render inception_v3 -o cost.svg --color-by macs
  specbuild render inception_v3 -o change.svg --diff mine.yaml
  specbuild render inception_v3 -o v3.html
"""


@click.command("render", epilog=_EXAMPLES)
@spec_argument
@click.option(
    "-o",
    "--output",
    "file",
    required=True,
    metavar="FILE",
    help="Where to write the diagram; its suffix chooses svg, png, pdf, dot or html.",
)
@click.option(
    "--fold",
    type=click.Choice(["network", "branches", "layers"]),
    help="A box for each block, for each run of layers, or for each layer.  "
    "[default: network above 60 layers, layers up to there]",
)
@click.option(
    "--only",
    metavar="PATH",
    help="Draw one block, head, group or branch alone, as `Mixed_6b`.",
)
@click.option(
    "--direction",
    type=click.Choice(["TB", "LR"]),
    default="TB",
    show_default=True,
    help="From top to bottom, or from left to right.",
)
@click.option(
    "--theme",
    type=click.Choice(["light", "dark", "print"]),
    help="Colors for a light or a dark background, or for paper.  "
    "[default: light; html follows the reader's system]",
)
@click.option(
    "--color-by",
    type=click.Choice(["kind", "macs", "params", "memory", "time", "efficiency"]),
    help="Colors for kinds of operators, or a heat map of a cost, or of what --bench FILE "
    "measured.  [default: kind]",
)
@click.option(
    "--bench",
    "bench",
    metavar="FILE",
    help="A profile for --color-by time|efficiency, as `bench --profile -o FILE.json` writes it.",
)
@click.option(
    "--values",
    "values",
    metavar="FILE",
    help="A heat map of numbers by path, a JSON file of the form inceptionspec.values/1.",
)
@click.option(
    "--collapse-repeats",
    is_flag=True,
    help="Draw blocks that are alike and follow each other once, with how many they are.",
)
@click.option(
    "--diff",
    "other",
    metavar="SPEC",
    help="Draw SPEC and this one in one diagram: what it adds, removes and changes.",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "pure", "system"]),
    default="auto",
    show_default=True,
    help="What draws: the engine from PyPI, or the system's dot.",
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
    """Draw SPEC: blocks as frames, branches from left to right, shapes where they change."""
    from inceptionspec.drawing.diagram import Options, draw_difference_file, draw_file
    from inceptionspec.drawing.diagram.engine import PAGE

    if color_by is not None and values is not None:
        raise click.UsageError("--color-by and --values both say what colors mean; give one")
    if (bench is not None) != (color_by in ("time", "efficiency")):
        raise click.UsageError("--color-by time|efficiency and --bench FILE belong together")
    wanted = read_options(**options)
    is_page = file.lower().endswith(PAGE)
    if other is not None:
        if color_by or values or only or collapse_repeats:
            raise click.UsageError(
                "--diff draws all of both with colors of its own: it goes with --fold, "
                "--direction, --theme and --engine"
            )
        if spec == other == STDIN:
            raise click.UsageError("standard input holds one spec; name a file for the other")
        if is_page:
            raise click.UsageError("a page shows one network; --diff writes svg, png, pdf or dot")
        pair = wanted.load(spec), wanted.load(other)
        chosen = Options(fold, direction=direction, theme=theme or "light")
        note = draw_difference_file(*pair, file, chosen, engine=engine)
    else:
        loaded = wanted.load(spec)
        coloring = _coloring(color_by or "kind", values, bench, loaded)
        chosen = Options(fold, only, direction, theme or "light", coloring, collapse_repeats)
        if is_page:
            from inceptionspec.drawing.page import draw_page

            note = draw_page(loaded, file, chosen, engine=engine, theme=theme)
        else:
            note = draw_file(loaded.graph, file, chosen, engine=engine)
    if note:
        click.echo(f"note: {note}", err=True)
    click.echo(f"wrote {sanitize(file)}")


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
