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
from inceptionspec.bench.records.profile_record import SCHEMA, values
from inceptionspec.diagnostics.diagnostic import Findings, SpecError, finding
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.frontend.load import LoadedSpec

_TIMES = ("seconds", "predicted_seconds")
SHORTEST, LONGEST = 1e-30, 1e9
"""Seconds that a layer may take, if not 0: their ratios and sums stay finite."""
_MADE = f"`specbuild bench SPEC --profile -o FILE.json` makes a file of `{SCHEMA}`"


def read_profile(file: str, loaded: LoadedSpec, measure: str) -> LayerValues:
    """The values of a profile that was made of this very document.

    Args:
        file: JSON, as ``bench --profile`` writes it.
        network: what the values are to be shown on.
        measure: a name of ``profile_record.MEASURES``.

    Raises:
        SpecError: E0802 where the file cannot be read, E0811 where it holds no profile,
            E0812 where it is of another document.
    """
    data = parse_json(file_text(file), file)
    found = Findings(loaded.limits)
    times = _times(data, file, found)
    if found:
        raise SpecError(found)
    result = values(identity_of(data), measure, times)
    check_layer_values(result, loaded, file)
    return result


def _times(data: Any, file: str, found: Findings) -> dict[str, tuple[float, float]]:
    """Seconds measured and predicted by path; what is wrong with the form is found."""

    def wrong(message: str) -> None:
        found.append(finding("E0811", message, file, _MADE))

    schema = data.get("schema") if isinstance(data, dict) else None
    if schema != SCHEMA:
        said = f", but `{shortened(schema, 60)}`" if isinstance(schema, str) else ""
        wrong(f"the file is not `{SCHEMA}`{said}")
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
        elif not all(_usable(layer.get(key)) for key in _TIMES):
            wrong(
                f"`{shortened(path, 80)}` needs `{_TIMES[0]}` and `{_TIMES[1]}`, 0 or from "
                f"{SHORTEST:g} to {LONGEST:g}"
            )
        else:
            times[path] = (layer["seconds"], layer["predicted_seconds"])
    return times


def _usable(value: Any) -> bool:
    return isinstance(value, float) and (value == 0 or SHORTEST <= value <= LONGEST)
