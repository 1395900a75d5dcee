"""A network as an ONNX model, to be saved or handed to a runtime."""

from __future__ import annotations

from dataclasses import dataclass

from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import external
from inceptionspec.utils.atomic_write import write_file
from inceptionspec.utils.printed import Printed


@dataclass(frozen=True, slots=True, repr=False)
class OnnxModel(Printed):
    """An ONNX model with its weights.

    ``onnxruntime.InferenceSession(bytes(model))`` runs it.

    Attributes:
        name: of the network.
        content: the file, as bytes.

    >>> model = inceptionspec.load("inception_v1").to_onnx(outputs="Mixed_3b")
    >>> model.name
    'InceptionV1'
    """

    name: str
    content: bytes

    def save(self, file: str) -> None:
        """Write the model to a file, whole or not at all.

        Raises:
            SpecError: the file cannot be written (E0803).

        >>> model = inceptionspec.load("inception_v1").to_onnx(outputs="Mixed_3b")
        >>> model.save("mixed_3b.onnx")
        """
        write_file(file, self.content, external(f"save {file}"))

    def __bytes__(self) -> bytes:
        return self.content

    def to_text(self) -> str:
        """The model in a line.

        >>> print(inceptionspec.load("inception_v1").to_onnx(outputs="Mixed_3b"))
        InceptionV1: ... bytes
        """
        return f"{sanitize(self.name)}: {len(self.content):,} bytes"

    def __repr__(self) -> str:
        return f"<OnnxModel {self.to_text()}>"
