"""What a user asks for, by options or in a file, to a request."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from inceptionspec.analysis.conditions import read_conditions
from inceptionspec.diagnostics.diagnostic import Label, SpecError, spec_error
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Source, Span, external
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.reading.spec_files import open_spec
from inceptionspec.frontend.reading.yaml_reader import first_key
from inceptionspec.sweep.bases import OpenBase, open_base_spec
from inceptionspec.sweep.evaluate import MOST, QUANTITIES
from inceptionspec.sweep.knobs import SPEC, Setting, find_knobs
from inceptionspec.sweep.moved import moved_bases
from inceptionspec.sweep.records import Objective
from inceptionspec.sweep.run import DEFAULT_OBJECTIVES, DEFAULT_TOP, Method, Request
from inceptionspec.sweep.sweep_file import KEY, SweepFile, read_sweep


@dataclass(frozen=True)
class Options:
    """What a user asks for; what is None is that of the sweep file, or else the default.

    Attributes:
        vary: what is varied, besides what the file varies.
        sample: how many variants are drawn from all.
        evolve: how many an evolution tries.
        seed: of all draws.
        where: the constraint.
        front: the objectives, as ``macs,params`` or ``field:max``.
        sort: what the table is sorted by.
        top: the rows of the table at most, or ``all``.
        digests: whether digests of documents are asked for.
        workers: the number of processes; None for one for each core.
        scheduler: the address of a Dask cluster.
        out: the folder of the results.
        place: what findings show.
    """

    vary: Sequence[Setting] = ()
    sample: int | None = None
    evolve: int | None = None
    seed: int | None = None
    where: str | None = None
    front: Sequence[str] | None = None
    sort: str | None = None
    top: str | int | None = None
    digests: bool | None = None
    workers: int | None = None
    scheduler: str | None = None
    out: str | None = None
    place: Span = field(default_factory=lambda: external("specbuild sweep"))


def make_request(spec: str | Source, options: Options) -> Request:
    """The request of some options about a spec, or about the file of a sweep.

    Raises:
        SpecError: a file cannot be read, a base does not link, a knob is unknown (E0930), or an
            option has a value that it cannot take.
    """
    source = open_spec(spec) if isinstance(spec, str) else spec
    if first_key(source) == KEY:
        return request_of_file(read_sweep(source), options)
    return _request(spec if isinstance(spec, str) else spec.name, options, source)


def request_of_file(file: SweepFile, options: Options = Options()) -> Request:
    """The request of a sweep file, with options over what it says.

    Raises:
        SpecError: as ``make_request`` does.
    """
    said = dict(file.options)
    if options.sample is not None or options.evolve is not None:
        said.pop("sample", None)
        said.pop("evolve", None)
    names = said.get("front")
    merged = replace(
        options,
        vary=(*file.settings, *options.vary),
        **{
            key: said[key]
            for key in ("sample", "evolve", "seed", "where", "sort", "top", "digests")
            if key in said and getattr(options, key) is None
        },
    )
    if names is not None and options.front is None:
        merged = replace(merged, front=[names] if isinstance(names, str) else list(names))
    return _request(file.spec, merged, file=file)


def _request(
    spec: str, options: Options, source: Source | None = None, file: SweepFile | None = None
) -> Request:
    at = {} if file is None else file.places
    if options.sample is not None and options.evolve is not None:
        message = "a sweep samples or evolves"
        raise spec_error("E0810", message, options.place, "keep one of the two")
    if not options.vary:
        message = "nothing is varied: the grid would be empty"
        help_ = "write `--vary width=0.5,0.75,1`, or name the file of a sweep"
        raise spec_error("E0931", message, options.place, help_)
    if options.where is not None:
        in_file = file is not None and "where" in at
        name = f"`where` of {file.source.name}" if file is not None and in_file else "--where"
        read_conditions(options.where, QUANTITIES, name)
    objectives: tuple[Objective, ...] = DEFAULT_OBJECTIVES
    if options.front is not None:
        objectives = tuple(_objectives(options.front, "--front", file))
    sort = None
    if options.sort is not None:
        (sort,) = _objectives([options.sort], "--sort", file)
    if file is not None:
        source = _open_at(file.spec, Label(file.places[SPEC], "named here"))
    bases, settings = _bases(spec, source, options.vary)
    starts = moved_bases(bases, settings)
    method: Method = "grid"
    if options.sample is not None:
        method = "sample"
    elif options.evolve is not None:
        method = "evolution"
    return Request(
        bases=bases,
        moved=starts,
        knobs=find_knobs(settings, starts),
        method=method,
        amount=options.sample or options.evolve,
        seed=options.seed or 0,
        where=options.where or "",
        objectives=objectives,
        sort=sort,
        top=_top(options.top),
        documents=bool(options.digests),
        workers=options.workers or len(os.sched_getaffinity(0)),
        scheduler=options.scheduler,
        folder=options.out,
        place=options.place,
    )


def _open_at(spec: str, place: Label) -> Source:
    """The text of a base that is named somewhere.

    Raises:
        SpecError: there is none or it cannot be opened (E0801, E0802), at the place that names it;
            it is no text (E0101), in it.
    """
    try:
        return open_spec(spec)
    except SpecError as error:
        raise SpecError(
            [
                replace(one, primary=place) if one.code in ("E0801", "E0802") else one
                for one in error.findings
            ]
        ) from None


def _bases(
    spec: str, source: Source | None, settings: Sequence[Setting]
) -> tuple[tuple[OpenBase, ...], list[Setting]]:
    """The networks: the one that was named, and those that a knob names."""
    changed, others = [], []
    for setting in settings:
        if setting.name == SPEC:
            names = list(dict.fromkeys((spec, *setting.values)))
            others = [
                open_base_spec(name, _open_at(name, Label(setting.place_of(name))))
                for name in names[1:]
            ]
            setting = setting._replace(values=tuple(names))
        changed.append(setting)
    return (open_base_spec(spec, source), *others), changed


def _objectives(names: Iterable[str], option: str, file: SweepFile | None) -> Iterable[Objective]:
    """Figures of a list; each may ask for the most.

    Args:
        names: as they are written.
        option: what gives them.
        file: where its key may give them instead.

    Raises:
        SpecError: one is unknown (E0806).
    """
    found: dict[str, Objective] = {}
    for text in names:
        name = text.strip().removesuffix(MOST)
        if name not in QUANTITIES:
            message = f"there is no figure `{shortened(name)}`"
            helps = did_you_mean(name, QUANTITIES) or (f"figures are {listed(list(QUANTITIES))}",)
            place = None if file is None else file.place_of(option.removeprefix("--"), text)
            at = place or external(f"{option} {shortened(text, 80)}")
            raise spec_error("E0806", message, at, *helps)
        found[name] = Objective(name, text.strip().endswith(MOST))
    return found.values()


def _top(top: str | int | None) -> int | None:
    if top is None:
        return DEFAULT_TOP
    if top == "all":
        return None
    if isinstance(top, int) or (top.isdecimal() and 0 < len(top) < 10 and int(top)):
        return int(top)
    shown = shortened(top, 80)
    message = f"`--top` must be a number of at least 1 or `all`, not `{shown}`"
    raise spec_error("E0805", message, f"--top {shown}")


def check_file(source: Source) -> SweepFile:
    """A sweep file whose bases link and have its knobs.

    Raises:
        SpecError: with every finding.
    """
    file = read_sweep(source, DEFAULT_LIMITS)
    request_of_file(file)
    return file
