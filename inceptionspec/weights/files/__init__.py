"""Files of weights, a reader per format: arrays by the names that the file gives them."""

from __future__ import annotations

from inceptionspec.diagnostics.source import Span
from inceptionspec.weights.files.tf_checkpoint import Checkpoint
from inceptionspec.weights.files.weight_file import StoredTensor, WeightFile

__all__ = ["StoredTensor", "WeightFile", "open_weights"]


def open_weights(reference: str, place: Span) -> WeightFile:
    """Open a file of weights of any known format, by its content and its name.

    Args:
        reference: a path, or a checkpoint's prefix.
        place: where findings point.

    Raises:
        SpecError: there is no such file, or it cannot be read (E0703).
    """
    return Checkpoint(reference, place)
