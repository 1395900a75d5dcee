"""Many variants of a network."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from inceptionspec.diagnostics.source import external

if TYPE_CHECKING:
    from inceptionspec.sweep.records import Swept


def run_sweep(
    spec: str | os.PathLike[str],
    vary: Mapping[str, Any] = {},
    *,
    sample: int | None = None,
    evolve: int | None = None,
    seed: int | None = None,
    where: str | None = None,
    front: str | Sequence[str] | None = None,
    sort: str | None = None,
    top: int | Literal["all"] | None = None,
    digests: bool | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    out: str | os.PathLike[str] | None = None,
) -> Swept:
    """Try variants of a network, and find those that no other beats.

    Args:
        spec: a spec, or the file of a sweep.
        vary: the values of each knob, as ``{"width": [0.5, 1], "classes": "10..100:30"}``.
        sample: how many variants are drawn from all.
        evolve: how many an evolution on the front tries.
        seed: of all draws; 0 unless given.
        where: what variants must keep to, as ``"macs < 2e9 and params < 10e6"``.
        front: figures that the front is made by, as ``["macs", "field:max"]``; MACs and
            parameters unless given.
        sort: the figure that ``shown`` is sorted by.
        top: how many ``shown`` has at most; 20 unless given.
        digests: whether digests of documents are computed, too.
        workers: how many processes try variants; 1 is this one alone.
        scheduler: the address of a Dask cluster, as ``tcp://host:8786``.
        out: a folder for all results: rows, a plot and a page of the front, its variants as specs.
            A sweep that was interrupted goes on there.

    Raises:
        SpecError: a knob is unknown (E0930) or has a value that it cannot take (E0931), the sweep
            is too large (E0932), or results cannot be written (E0803).

    >>> swept = inceptionspec.run_sweep("inception_v3", {"width": [0.25, 0.5], "input": [224, 299]})
    >>> [variant.figures.macs for variant in swept.front]
    [220951280]
    """
    from inceptionspec.reports.sweep.folder import refuse_folder, write_folder
    from inceptionspec.sweep.knobs import setting_of
    from inceptionspec.sweep.request import Options, make_request
    from inceptionspec.sweep.run import run

    folder, place = None if out is None else os.fspath(out), external("run_sweep")
    if folder is not None:
        refuse_folder(folder, place)
    options = Options(
        [setting_of(name, values) for name, values in vary.items()],
        sample,
        evolve,
        seed,
        where,
        front.split(",") if isinstance(front, str) else front,
        sort,
        top,
        digests,
        workers,
        scheduler,
        folder,
        place,
    )
    request = make_request(os.fspath(spec), options)
    swept = run(request)
    if folder is not None:
        write_folder(swept, request, folder, place)
    return swept
