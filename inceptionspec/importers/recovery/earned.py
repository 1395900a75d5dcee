"""Warnings that a network earns however it is written, and that its spec therefore allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inceptionspec.checks.warnings import ADVICE
from inceptionspec.frontend.load import LoadedSpec

Data = dict[str, Any]
#: Warnings about what is computed, and why they do not hold; others are about how a spec is
#: written.
_OF_THE_NETWORK: Mapping[str, str] = {
    "W0104": "as in the source",
    "W0105": "as in the source",
    "W0106": "the source has these biases",
    "W0107": "the source holds no weights of losses",
    "W0108": "as in the source",
    "W0110": "as in the source",
}


def earned(loaded: LoadedSpec) -> dict[str, str]:
    """The codes of such warnings, each with the reason why it does not hold."""
    return {
        code: reason
        for code, reason in _OF_THE_NETWORK.items()
        if next(ADVICE[code](loaded), None) is not None
    }


def with_allow(data: Data, allow: Mapping[str, str]) -> Data:
    """A spec as plain data that allows warnings."""
    result: Data = {}
    for key, value in data.items():
        result[key] = value
        if key == "name":
            result["allow"] = dict(allow)
    return result
