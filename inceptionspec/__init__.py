"""Inception networks as declarative specs: checked, costed, drawn, built and benchmarked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inceptionspec.diagnostics.diagnostic import SpecError
    from inceptionspec.network import Network, load

from inceptionspec._version import __version__

__all__ = ["Network", "SpecError", "__version__", "load"]

# Where the public names live. They are looked up on first use, so that a command that
# needs one part does not import the others.
_HOMES = {
    "Network": "inceptionspec.network",
    "SpecError": "inceptionspec.diagnostics.diagnostic",
    "load": "inceptionspec.network",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
