"""A file that `specbuild export` wrote as a network that can be shown pictures."""

from __future__ import annotations

from inceptionspec.diagnostics.source import Span
from inceptionspec.prediction.model import Model, Network

SUFFIXES = (".onnx", ".tflite", ".keras", ".savedmodel")


def is_exported(reference: str) -> bool:
    """Whether what is named like a spec is an exported file."""
    return reference.rstrip("/").lower().endswith(SUFFIXES)


class ExportedNetwork(Network):
    """An exported file with its receipt."""

    def __init__(self, file: str, place: Span) -> None:
        raise NotImplementedError

    def model(self, batch: int) -> Model:
        raise NotImplementedError
