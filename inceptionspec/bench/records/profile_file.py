"""A profile in a file, `inceptionspec.profile/1`, as values by path for a diagram."""

from __future__ import annotations

from typing import Any

from inceptionspec.analysis.layer_values import (
    LayerValues,
    check_layer_values,
    file_text,
    identity_of,
    lacks_identity,
    parse_json,
)
from inceptionspec.bench.records.profile_record import SCHEMA, layer_values
from inceptionspec.diagnostics.diagnostic import Findings, SpecError, finding
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.frontend.load import LoadedSpec

MIN_SECONDS, MAX_SECONDS = 1e-30, 1e9
"""The bounds of a layer's time, if it is not 0: ratios and sums stay finite."""
_TIMES = ("seconds", "predicted_seconds")
_ADVICE = f"`specbuild bench SPEC --profile -o FILE.json` makes a file of `{SCHEMA}`"


def read_profile(file: str, loaded: LoadedSpec, measure: str) -> LayerValues:
    """The values of a profile that was made of this very document.

    Args:
        file: JSON, as ``bench --profile`` writes it.
        loaded: the network that the values are shown on.
        measure: a name of ``profile_record.MEASURES``.

    Raises:
        SpecError: E0802 where the file cannot be read, E0811 where it holds no profile,
            E0812 where it belongs to another document.
    """
    data = parse_json(file_text(file), file)
    findings = Findings(loaded.limits)
    times = _times(data, file, findings)
    if findings:
        raise SpecError(findings)
    values = layer_values(identity_of(data), measure, times)
    check_layer_values(values, loaded, file)
    return values


def _times(data: Any, file: str, findings: Findings) -> dict[str, tuple[float, float]]:
    """Seconds measured and predicted, by path. Adds a finding for each fault of the form."""

    def wrong(message: str) -> None:
        findings.append(finding("E0811", message, file, _ADVICE))

    schema = data.get("schema") if isinstance(data, dict) else None
    if schema != SCHEMA:
        instead = f", but `{shortened(schema, 60)}`" if isinstance(schema, str) else ""
        wrong(f"the file is not `{SCHEMA}`{instead}")
        return {}
    lacking = lacks_identity(data)
    if lacking is not None:
        wrong(f"`spec` must hold the text `{lacking}`")
    layers = data.get("layers")
    if not isinstance(layers, list) or not layers:
        wrong("`layers` must hold at least one layer")
        return {}
    times: dict[str, tuple[float, float]] = {}
    for number, layer in enumerate(layers, start=1):
        path = layer.get("path") if isinstance(layer, dict) else None
        if not isinstance(path, str):
            wrong(f"layer {number} has no `path`")
        elif path in times:
            wrong(f"`{shortened(path, 80)}` appears twice in `layers`")
        elif not all(_is_time(layer.get(key)) for key in _TIMES):
            wrong(
                f"`{shortened(path, 80)}` needs `{_TIMES[0]}` and `{_TIMES[1]}`, 0 or from "
                f"{MIN_SECONDS:g} to {MAX_SECONDS:g}"
            )
        else:
            times[path] = (layer["seconds"], layer["predicted_seconds"])
    return times


def _is_time(value: Any) -> bool:
    return isinstance(value, float) and (value == 0 or MIN_SECONDS <= value <= MAX_SECONDS)
