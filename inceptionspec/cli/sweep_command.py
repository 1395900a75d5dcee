"""`specbuild sweep`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from inceptionspec.cli import completers
from inceptionspec.cli.command import Command
from inceptionspec.cli.parameters import Whole, format_option
from inceptionspec.cli.terminal import echo
from inceptionspec.diagnostics.codes import EXIT_FINDINGS, EXIT_MISSING
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.diagnostics.source import external
from inceptionspec.drawing.diagram.options import ThemeName

if TYPE_CHECKING:  # a sweep is read when the command asks
    from inceptionspec.sweep.records import Swept
    from inceptionspec.sweep.run import Request

_MOST_WORKERS = 1024
_DETAILS = {
    "Knobs": (
        ("width", "the width multiplier, as `width=0.5..1:0.25`"),
        ("input", "the input size, as `input=224,299x299`"),
        ("NAME", "an argument of the spec, as `classes=10,100`"),
        ("PATH.NAME", "an argument of a block's call, as `Mixed_6b.filters_7=96..160:32`"),
        ("PATH.repeat", "how often a block is repeated"),
        ("move", "moves of `specbuild rewrite`, as `move=none,separable@Mixed_7*/*/*`"),
        ("spec", "whole networks, as `spec=inception_v3,inception_v4`"),
    ),
}


@click.command(
    "sweep",
    cls=Command,
    examples=(
        "specbuild sweep inception_v3 --vary width=0.25..1:0.25 --vary input=224,299",
        'specbuild sweep inception_v3 --vary Mixed_6b.filters_7=96 --where "macs < 5G"',
        "specbuild sweep inception_v3 --vary width=0.3..1:0.01 --sample 9 --front macs",
        "specbuild sweep mine.yaml --vary width=0.1..2:0.01 --evolve 500 --out found",
        "specbuild sweep squeezenet --vary width=0.5,1 --plot f.svg --page f.html",
    ),
    details=_DETAILS,
    exits={
        EXIT_FINDINGS: "no variant is left, a spec has errors, or workers are lost",
        EXIT_MISSING: "a package is missing: pip install 'inceptionspec[dask]'",
    },
)
@click.argument("spec", shell_complete=completers.specs)
@click.option(
    "--vary",
    multiple=True,
    metavar="KNOB=VALUES",
    help="What is varied, with values and ranges FIRST..LAST:STEP; can be repeated.",
)
@click.option("--sample", type=Whole(1), metavar="N", help="Try N variants, drawn from all.")
@click.option(
    "--evolve",
    type=Whole(1),
    metavar="N",
    help="Try N variants: changes and crosses of those on the front.",
)
@click.option(
    "--seed",
    type=Whole(0),
    metavar="N",
    help="What all draws follow from.  [default: 0]",
)
@click.option(
    "--where",
    metavar="CONDITIONS",
    help="Leave out variants that do not keep to these, as `macs < 2e9 and params < 10e6`.",
)
@click.option(
    "--front",
    metavar="FIGURE,...",
    help="What the front is made by; `field:max` asks for the most.  [default: macs,params]",
)
@click.option(
    "--sort", metavar="FIGURE", help="Sort the table by it.  [default: the first of --front]"
)
@click.option("--top", metavar="N|all", help="The rows of the table at most.  [default: 20]")
@click.option(
    "--digests", is_flag=True, default=None, help="Compute the digests of documents, too."
)
@click.option(
    "--time",
    "timed",
    is_flag=True,
    help="Predict what the rows and the front take on this machine. Needs TensorFlow.",
)
@click.option(
    "--time-front",
    type=Whole(1),
    metavar="N",
    help="Also measure the first N of the front, and say how near the predictions are.",
)
@click.option(
    "--workers",
    type=Whole(1, _MOST_WORKERS),
    metavar="N",
    help="How many processes try variants.  [default: one for each core]",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Try variants on a Dask cluster, as tcp://host:8786. "
    "Needs `pip install 'inceptionspec[dask]'`.",
)
@click.option(
    "--out",
    metavar="FOLDER",
    help="Where all results go. The same command goes on where it was interrupted.",
)
@click.option("--plot", metavar="FILE", help="Draw variants and front: .svg, .png or .pdf.")
@click.option(
    "--theme",
    type=click.Choice(("light", "dark", "print")),
    default="light",
    show_default=True,
    help="The colors of the plot.",
)
@click.option(
    "--page",
    metavar="FILE",
    help="Write a page in which a click shows a variant's spec and what it changes.",
)
@click.option(
    "--specs", metavar="FOLDER", help="Write each variant on the front as a spec of a few lines."
)
@format_option("table", "json", "csv", "markdown")
def command(
    spec: str,
    vary: tuple[str, ...],
    sample: int | None,
    evolve: int | None,
    seed: int | None,
    where: str | None,
    front: str | None,
    sort: str | None,
    top: str | None,
    digests: bool | None,
    timed: bool,
    time_front: int | None,
    workers: int | None,
    scheduler: str | None,
    out: str | None,
    plot: str | None,
    theme: ThemeName,
    page: str | None,
    specs: str | None,
    form: str,
) -> None:
    """Try variants of SPEC, and show what each costs and which are on the front.

    SPEC is a spec, or the file of a sweep: its first key is `sweep`. Nothing is built, and
    no framework is needed, but for times. Variants that compute the same are one row; those
    that do not link are counted, and the sweep goes on. On the front are those that no other
    beats in all figures of `--front`.
    """
    from inceptionspec.cli.progress import progress_bar
    from inceptionspec.reports.sweep.folder import printed, refuse_folder, write_folder
    from inceptionspec.reports.sweep.outputs import Outputs
    from inceptionspec.sweep.knobs import parse_setting
    from inceptionspec.sweep.request import Options, make_request
    from inceptionspec.sweep.run import nothing_left, run

    place = external(f"specbuild sweep {shortened(spec, 80)}")
    at_out = external(f"--out {shortened(out or '', 200)}")
    if out is not None:
        refuse_folder(out, at_out)
    options = Options(
        tuple(map(parse_setting, vary)),
        sample,
        evolve,
        seed,
        where,
        None if front is None else front.split(","),
        sort,
        top,
        digests,
        workers,
        scheduler,
        out,
        place,
    )
    request = make_request(spec, options)
    outputs = Outputs(plot, page, specs, theme)
    outputs.refuse(request)
    with progress_bar() as progress:
        swept = run(request, progress)
    left = nothing_left(swept, place)
    if left is None and (timed or time_front):
        swept = _timed(swept, request, time_front or 0)
    if left is None:
        for file in outputs.write(swept, request):
            echo(f"wrote {sanitize(file)}", err=True)
    if out is not None:
        write_folder(swept, request, out, at_out, theme)
        echo(f"wrote {sanitize(out)}", err=True)
    if form == "table" and sys.stdout.isatty():
        from inceptionspec.reports.sweep.table import sweep_table
        from inceptionspec.reports.table import print_rich

        print_rich(sweep_table(swept))
    else:
        _print(printed(swept, form))
    if left is not None:
        raise SpecError([left])


def _timed(swept: Swept, request: Request, measured: int) -> Swept:
    """The sweep with times, and a line on how near predictions are to what was measured."""
    from inceptionspec.bench.layer_times import LayerTimes
    from inceptionspec.cli.progress import progress_bar
    from inceptionspec.sweep.times import NEAR, graphs_of, with_times

    times = LayerTimes()
    if times.note:
        echo(f"note: {sanitize(times.note)}", err=True)
    with progress_bar() as progress:
        found = with_times(swept, graphs_of(request.task), times, measured, progress)
    if found.checked:
        within = f"{found.near} of {found.checked} within {100 * NEAR:.0f} %"
        echo(f"predicted times of networks that were measured: {within}", err=True)
    return found.swept


def _print(parts: Iterable[str]) -> None:
    for part in parts:
        echo(part, nl=False)
