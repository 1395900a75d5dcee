"""The weights of a variant from those of its base: what it left alone keeps its weights."""

from __future__ import annotations

from inceptionspec.weights.transfer.from_base import from_base
from inceptionspec.weights.transfer.line_up import LineUp, line_up
from inceptionspec.weights.transfer.result import LayerTransfer, Step, Transferred
from inceptionspec.weights.transfer.walk import transfer

__all__ = ["LayerTransfer", "LineUp", "Step", "Transferred", "from_base", "line_up", "transfer"]
