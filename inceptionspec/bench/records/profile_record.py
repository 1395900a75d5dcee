"""A profile as the data that is written to a file, and as values by path for a diagram."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from inceptionspec.analysis.layer_values import LayerValues, SpecIdentity
from inceptionspec.bench.machine.peaks import CONVENTION as PEAKS
from inceptionspec.bench.tracing.profile import Figures, LayerProfile, Profile
from inceptionspec.bench.tracing.roofline import CONVENTION as ROOFLINE
from inceptionspec.bench.tracing.trace import METHOD

SCHEMA = "inceptionspec.profile/1"

CONVENTIONS: Mapping[str, str] = MappingProxyType(
    {
        "method": METHOD,
        "roofline": ROOFLINE,
        "peaks": f"{PEAKS}; measured before and after the steps, the best of both",
    }
)
"""How times are measured and what figures count."""


def record(profile: Profile) -> dict[str, Any]:
    """A profile as plain data for JSON; times are in seconds, shares from 0 to 1."""
    return {
        "schema": SCHEMA,
        "spec": dataclasses.asdict(profile.spec),
        "mode": profile.mode,
        "head": profile.head,
        "batch": profile.batch,
        "engine": profile.engine,
        "steps": profile.steps,
        "interrupted": profile.interrupted,
        "seconds": {
            "step": profile.step_seconds,
            "traced": profile.traced_seconds,
            "layers": profile.layer_seconds,
            "outside": profile.outside_seconds,
            "idle": profile.idle_seconds,
            "overlapped": profile.overlapped_seconds,
        },
        "overhead": profile.overhead,
        "peaks": {
            "matrix": profile.peaks.matrix._asdict(),
            "memory": profile.peaks.memory._asdict(),
            "others": [rate._asdict() for rate in profile.peaks.others],
            "threads": profile.peaks.threads,
        },
        "layers": [_layer(layer, profile) for layer in profile.layers],
        "blocks": _blocks(profile),
        "total": _figures(profile.total),
        "conventions": dict(CONVENTIONS),
        "noise": list(profile.noise),
        "environment": dict(profile.environment),
    }


def _layer(layer: LayerProfile, profile: Profile) -> dict[str, Any]:
    return {
        "path": layer.path,
        "op": layer.op,
        "block": layer.block,
        "head": layer.head or None,
        "output_shape": list(layer.shape),
        **_figures(profile.figures((layer,))),
        "shared_with": list(layer.shared_with),
    }


def _blocks(profile: Profile) -> list[dict[str, Any]]:
    """The sums over what a summary shows as rows at depth 1."""
    parts: dict[str, list[LayerProfile]] = {}
    for layer in profile.layers:
        parts.setdefault(layer.group, []).append(layer)
    return [{"path": path, **_figures(profile.figures(each))} for path, each in parts.items()]


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "seconds": figures.seconds,
        "predicted_seconds": figures.predicted,
        **figures.demand._asdict(),
        "flops_per_byte": figures.demand.intensity,
        "flops_per_second": figures.flops_per_second,
        "share_of_peak": figures.of_peak,
        "efficiency": figures.efficiency,
        "bound": "memory" if figures.memory_bound else "matrix",
    }


#: What a diagram can show of a profile.
MEASURES = ("time", "efficiency")


def layer_values(
    spec: SpecIdentity, measure: str, times: Mapping[str, tuple[float, float]]
) -> LayerValues:
    """The values of a measure by path, from the seconds measured and predicted.

    ``time`` is the measured time in ms. ``efficiency`` is the predicted time in percent of the
    measured one, for layers that have both; for several layers it is that of their sums.
    """
    if measure == "time":
        return LayerValues(
            spec, "ms", {path: 1e3 * seconds for path, (seconds, _) in times.items()}
        )
    timed = {path: each for path, each in times.items() if min(each) > 0}
    return LayerValues(
        spec,
        "% roof",
        {path: 100 * predicted / seconds for path, (seconds, predicted) in timed.items()},
        {path: 1e3 * seconds for path, (seconds, _) in timed.items()},
    )


def values_of(profile: Profile, measure: str = "time") -> LayerValues:
    """The values of a profile for a name of ``MEASURES``, as ``render --values`` reads them."""
    spec = profile.spec
    figures = {layer.path: profile.figures((layer,)) for layer in profile.layers}
    times = {path: (each.seconds, each.predicted) for path, each in figures.items()}
    identity = SpecIdentity(spec.name, spec.path, spec.network, spec.document)
    return layer_values(identity, measure, times)
