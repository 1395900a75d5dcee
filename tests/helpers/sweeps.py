"""Small sweeps for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from inceptionspec.reports.sweep.quantities import figures_text
from inceptionspec.sweep.bases import OpenBase, open_base_spec
from inceptionspec.sweep.front_specs import FrontWriter
from inceptionspec.sweep.knobs import find_knobs, parse_setting
from inceptionspec.sweep.moved import moved_bases
from inceptionspec.sweep.records import Objective, Swept
from inceptionspec.sweep.run import Request, run

SMALL = """spec: 1
name: Small
input: {size: 32x32}
args: {classes: 10}
blocks:
  pair:
    args: {wide: int}
    branches:
      - [{op: conv, kernel: 1x1, filters: $wide}]
      - [{op: conv, kernel: 3x3, filters: 16}]
network:
  - {op: conv, name: Stem, kernel: 3x3, filters: 32, stride: 2}
  - {block: pair, name: Pair, with: {wide: 24}}
heads:
  Logits: {from: Pair, layers: [{op: global_avg_pool}, {op: dense, units: $classes}]}
"""


class Made(NamedTuple):
    """A sweep with what it was made from, and what writes its variants."""

    swept: Swept
    bases: tuple[OpenBase, ...]
    writer: FrontWriter


def sweep_of(
    specs: Sequence[str], settings: Sequence[str], objectives: Sequence[str], **more: Any
) -> Made:
    """A sweep of some specs over some settings; an objective may end in ``:max``."""
    bases = tuple(map(open_base_spec, specs))
    parsed = [parse_setting(setting) for setting in settings]
    starts = moved_bases(bases, parsed)
    request = Request(
        bases,
        find_knobs(parsed, starts),
        moved=starts,
        objectives=tuple(
            Objective(one.removesuffix(":max"), one.endswith(":max")) for one in objectives
        ),
        **more,
    )
    return Made(run(request), starts, FrontWriter(request.task, figures_text))
