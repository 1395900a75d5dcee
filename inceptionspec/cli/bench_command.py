"""`specbuild bench`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from inceptionspec.backends.engines import ENGINES
from inceptionspec.bench.request.modes import FORWARD, MODES
from inceptionspec.cli import bench_kinds, bench_profile, completers
from inceptionspec.cli import bench_options as given
from inceptionspec.cli.bench_kinds import BenchOptions, Outcome
from inceptionspec.cli.command import Command, usage_error
from inceptionspec.cli.options import (
    read_options,
    refuse_spec_files,
    spec_argument,
    spec_options,
)
from inceptionspec.cli.parameters import Choice, Number, Whole, format_option
from inceptionspec.cli.precision_options import precision_options, read_precision
from inceptionspec.cli.showing import tell_choice
from inceptionspec.cli.terminal import echo
from inceptionspec.cli.weight_options import need_weights, read_weight_options, weight_options
from inceptionspec.diagnostics.codes import EXIT_FINDINGS, EXIT_INTERRUPTED, EXIT_MISSING
from inceptionspec.diagnostics.source import external
from inceptionspec.utils.atomic_write import check_writable, refuse_inputs

if TYPE_CHECKING:
    from inceptionspec.bench.request.request import BenchRequest
    from inceptionspec.frontend.load import LoadedSpec

_SWITCH = Choice(["on", "off"])


@click.command(
    "bench",
    cls=Command,
    examples=(
        "specbuild bench inception_v3",
        "specbuild bench inception_v3 --mode train-step --batch 1,8,32",
        "specbuild bench inception_v3 --compare inception_v4 --batch 8",
        "specbuild bench inception_v3 --profile --depth 2",
        "specbuild bench inception_v3 --engine openvino --precision bfloat16",
        "specbuild bench inception_v3 --save runs.jsonl",
        "specbuild bench inception_v3 --against runs.jsonl --tolerance 3%",
    ),
    details={"Modes, what a step does": [(name, mode.doc) for name, mode in MODES.items()]},
    exits={
        EXIT_FINDINGS: "the spec has errors, or under --against the run is slower",
        EXIT_MISSING: "a package is missing: pip install 'inceptionspec[tensorflow]'",
        EXIT_INTERRUPTED: "Ctrl-C; what was measured before is printed",
    },
)
@spec_argument
@click.option(
    "--mode", type=Choice(MODES), default=FORWARD, show_default=True, help="What a step does."
)
@click.option(
    "--batch",
    "batches",
    default="32",
    show_default=True,
    metavar="N[,N...]",
    help="Images in a batch; several make a table.",
)
@click.option(
    "--threads",
    metavar="N[,N...]",
    help="Threads within an operator and across operators; several make a table.  "
    "[default: the library's choice]",
)
@click.option(
    "--steps", type=Whole(), default=100, show_default=True, help="Count at least N steps."
)
@click.option(
    "--burn-in",
    "burn_in",
    default=given.AUTO,
    show_default=True,
    metavar="N|auto",
    help="Run N steps first that do not count; `auto` runs them until they are steady.",
)
@click.option(
    "--min-seconds",
    type=Number(),
    default=0.0,
    help="Count steps until they add up to this time.",
)
@click.option(
    "--engine",
    type=Choice([*ENGINES, given.AUTO]),
    default="keras",
    show_default=True,
    help="What computes a step; `auto` is what `--tune` found, else the first of the network's "
    "order.",
)
@precision_options
@click.option("--onednn", type=_SWITCH, help="oneDNN kernels.  [default: TensorFlow's choice]")
@click.option(
    "--compare",
    metavar="SPEC|keras:NAME|ENGINE",
    shell_complete=completers.specs,
    help="Measure in turn with another side, and say which is faster.",
)
@click.option(
    "--compare-onednn",
    type=_SWITCH,
    help="oneDNN of the other side.  [default: the same, for keras:NAME as installed]",
)
@click.option(
    "--pairs", type=Whole(), default=20, show_default=True, help="Take at least N pairs of turns."
)
@click.option(
    "--max-seconds",
    type=Number(),
    default=300.0,
    show_default=True,
    help="Stop adding pairs after this time.",
)
@click.option(
    "--tune",
    is_flag=True,
    help="Try all installed engines in turn, and remember the fastest on this machine.",
)
@click.option(
    "--tune-seconds",
    type=Number(),
    default=60.0,
    show_default=True,
    help="Stop tuning after this time.",
)
@bench_profile.profile_options
@click.option(
    "--weights",
    metavar="FILE",
    shell_complete=completers.files,
    help="A file of weights to run with, of any format that `specbuild weights` reads.",
)
@weight_options
@click.option(
    "--save",
    metavar="FILE",
    shell_complete=completers.files,
    help="Append the record to a file, one line of JSON each.",
)
@click.option(
    "--against",
    metavar="FILE",
    shell_complete=completers.files,
    help="Fail if the newest run of this kind in a file was faster.",
)
@click.option(
    "--tolerance",
    default="5%",
    show_default=True,
    metavar="PERCENT",
    help="How much faster it may have been.",
)
@format_option("text", "json", "csv")
@spec_options
def command(
    spec: str,
    batches: str,
    threads: str | None,
    burn_in: str,
    min_seconds: float,
    onednn: str | None,
    compare_onednn: str | None,
    tolerance: str,
    tune: bool,
    heads: tuple[str, ...],
    mode: str,
    steps: int,
    engine: str,
    precision: str,
    calibrate: str | None,
    keep_float: tuple[str, ...],
    any_deviation: bool,
    compare: str | None,
    pairs: int,
    max_seconds: float,
    tune_seconds: float,
    peak: bool,
    profile: bool,
    depth: str | None,
    output: str | None,
    values: str | None,
    weights: str | None,
    weights_average: bool,
    fresh: tuple[str, ...],
    drop_background: bool,
    without: tuple[str, ...],
    save: str | None,
    against: str | None,
    form: str,
    **options: Any,
) -> int:
    """Time steps of SPEC's network, in a process of their own.

    Prints the time of a step with its spread, images and FLOPs per second, and memory.
    Runs only the main head unless `--head` names another, or `--head all`; training runs
    the heads with a loss weight. The input is made before the clock starts.
    """
    if len(heads) > 1:
        raise usage_error("`bench` takes one `--head`", "`--head all` runs all of them")
    need_weights(weights, weights_average, fresh, drop_background, without)
    lowering = read_precision(precision, calibrate, keep_float, any_deviation)
    chosen = read_options(**options)
    loaded = chosen.load(spec)
    for option, file in (("--save", save), ("-o", output), ("--values", values)):
        if file is not None:
            refuse_spec_files(file, option, loaded)
            refuse_inputs(file, (weights,), external(f"{option} {file}"))
    bench_options = BenchOptions(
        settings=chosen,
        loaded=loaded,
        batches=given.numbers("--batch", batches, "--batch 1,8,32"),
        threads=given.numbers("--threads", threads, "--threads 1,2") if threads else (None,),
        compare=compare,
        compare_onednn=given.switch(compare_onednn),
        pairs=pairs,
        max_seconds=max_seconds,
        tune_seconds=tune_seconds,
        peak=peak,
        save=save,
        against=against,
        tolerance=given.share("--tolerance", tolerance),
        form=form,
    )
    several = len(bench_options.batches) > 1 or len(bench_options.threads) > 1
    _refuse_mixtures(bench_options, mode, tune=tune, several=several)
    _refuse_files(bench_options)
    profile_output = bench_profile.profile_output(form, depth, output, values, asked=profile)
    if profile:
        bench_profile.refuse(
            mixed=tune or several or compare is not None,
            kept=save is not None or against is not None,
            peak=peak,
            lowered=lowering.lowers,
        )
        steps = bench_profile.steps(steps)
    from inceptionspec.bench.request.request import DEFAULT_ENGINE, BenchRequest

    chosen_weights = {}
    if weights is not None:
        read = read_weight_options(weights_average, fresh, drop_background, without)
        chosen_weights = read._asdict()
    request = BenchRequest(
        mode=mode,
        head=heads[0] if heads else None,
        batch=bench_options.batches[0],
        steps=steps,
        burn_in=given.burn_in(burn_in),
        min_seconds=min_seconds,
        engine=DEFAULT_ENGINE if engine == given.AUTO else engine,
        onednn=given.switch(onednn),
        threads=bench_options.threads[0],
        weights=weights,
        weight_options=chosen_weights,
        **lowering._asdict(),
    )
    if engine == given.AUTO and not tune and MODES[mode].batched:
        request = _chosen(bench_options.loaded, request)
    if profile:
        return bench_profile.run(bench_options.loaded, request, profile_output)
    outcome = (
        bench_kinds.tune
        if tune
        else bench_kinds.scale
        if several
        else bench_kinds.compare
        if compare is not None
        else bench_kinds.single
    )(bench_options, request)
    return _report(outcome, bench_options)


def _report(outcome: Outcome, bench_options: BenchOptions) -> int:
    """Print the result, and keep its record under `--save`. Returns the exit code."""
    as_json = json.dumps(outcome.record, indent=2, sort_keys=True) + "\n"
    echo(as_json if bench_options.form == "json" else outcome.text, nl=False)
    if bench_options.save is not None:
        from inceptionspec.bench.records.history import append

        append(bench_options.save, outcome.record)
    return outcome.code


def _chosen(loaded: LoadedSpec, request: BenchRequest) -> BenchRequest:
    """The request with the engine that `auto` stands for, which is said in a line."""
    import dataclasses

    from inceptionspec.bench.choice import choose

    request.check_values()
    chosen = choose(loaded, request, switchable=request.onednn is None)
    tell_choice(chosen)
    return dataclasses.replace(
        request,
        engine=chosen.engine,
        onednn=chosen.onednn if request.onednn is None else request.onednn,
    )


def _refuse_mixtures(bench_options: BenchOptions, mode: str, *, tune: bool, several: bool) -> None:
    rules: tuple[tuple[bool, str], ...] = (
        (
            len(bench_options.batches) > 1 and not MODES[mode].batched,
            f"a step of `--mode {mode}` reads no batch of images",
        ),
        (
            bench_options.peak and (tune or several or not MODES[mode].counts),
            "`--peak` needs one run or comparison, in a mode whose FLOPs are counted",
        ),
        (tune and several, "`--tune` takes one `--batch` and one `--threads`"),
        (tune and bench_options.compare is not None, "`--tune` does not go with `--compare`"),
        (
            several and bench_options.compare is not None,
            "`--compare` takes one `--batch` and one `--threads`",
        ),
        (
            bench_options.against is not None
            and (tune or several or bench_options.compare is not None),
            "`--against` compares a single run with those in a file",
        ),
        (tune and bench_options.save is not None, "`--tune` keeps its result without `--save`"),
        (
            bench_options.form == "csv" and (tune or bench_options.compare is not None),
            "`--tune` and `--compare` print text or json, not csv",
        ),
        (
            bench_options.compare is None and bench_options.compare_onednn is not None,
            "`--compare-onednn` needs `--compare`",
        ),
    )
    for wrong, message in rules:
        if wrong:
            raise usage_error(message)
    least: tuple[tuple[str, float, float], ...] = (
        ("--pairs", bench_options.pairs, 2),
        ("--max-seconds", bench_options.max_seconds, 0),
        ("--tune-seconds", bench_options.tune_seconds, 1),
    )
    given.refuse_small(least)


def _refuse_files(bench_options: BenchOptions) -> None:
    """Refuse files of records that cannot be read or written, before anything is measured."""
    from inceptionspec.bench.records.history import check_records_file

    if bench_options.against is not None:
        check_records_file(bench_options.against, "--against")
    if bench_options.save is not None:
        check_writable(bench_options.save, external(f"--save {bench_options.save}"))
        check_records_file(bench_options.save, "--save")
