"""A `.tflite` file while it is put together: tensors, constants, operators, then the bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

SCHEMA_VERSION = 3
IDENTIFIER = b"TFL3"
SIGNATURE = "serving_default"
"""The key of the signature, which names inputs and outputs; converters use the same."""
_ALIGNMENT = 16
"""Of constants, which the schema demands and the package's own writer leaves out."""
_SLACK = 1 << 20
"""Bytes for the structure of a network of some hundred layers; the builder grows beyond it."""


class Tensor(NamedTuple):
    """A tensor of the model: its number in the file, and its shape without the batch."""

    number: int
    shape: tuple[int | None, ...]


class _Buffer(schema.BufferT):  # type: ignore[misc]
    """The numbers of a constant, copied once, straight into the file."""

    def __init__(self, array: Any) -> None:
        super().__init__()
        self.array = array

    def Pack(self, builder: Any) -> int:  # noqa: N802  (the name that the schema's classes call)
        count = self.array.nbytes
        builder.StartVector(1, count, _ALIGNMENT)
        builder.head -= count
        place = np.frombuffer(builder.Bytes, self.array.dtype, self.array.size, builder.head)
        place.reshape(self.array.shape)[...] = self.array
        vector = builder.EndVector()
        schema.BufferStart(builder)
        schema.BufferAddData(builder, vector)
        return int(schema.BufferEnd(builder))


class Model:
    """The parts of a model: lists that grow while layers are written.

    Attributes:
        batch: the number of images; None where it is open.
    """

    def __init__(self, name: str, batch: int | None) -> None:
        self.name = name
        self.batch = batch
        self._tensors: list[Any] = []
        self._operators: list[Any] = []
        self._codes: dict[tuple[int, int], int] = {}
        # The first buffer is empty by convention: that of tensors that are computed.
        self._buffers: list[Any] = [schema.BufferT()]
        self._bytes = 0

    def computed(
        self,
        name: str,
        shape: tuple[int | None, ...],
        kind: int = schema.TensorType.FLOAT32,
        *,
        per_image: bool = True,
    ) -> Tensor:
        """A tensor that the runtime fills; ``per_image`` puts the batch before its shape."""
        sides = (self.batch, *shape) if per_image else shape
        stored = _filled(
            schema.TensorT(), shape=[1 if side is None else side for side in sides], type=kind
        )
        if None in sides:
            stored.shapeSignature = [-1 if side is None else side for side in sides]
        return self._added(stored, name, shape)

    def constant(self, name: str, array: Any) -> Tensor:
        """A tensor whose numbers are in the file."""
        self._bytes += array.nbytes
        stored = _filled(
            schema.TensorT(),
            shape=list(array.shape),
            type=_KINDS[array.dtype.name],
            buffer=len(self._buffers),
        )
        self._buffers.append(_Buffer(array))
        return self._added(stored, name, array.shape)

    def _added(self, stored: Any, name: str, shape: tuple[int | None, ...]) -> Tensor:
        stored.name = name
        stored.hasRank = True
        self._tensors.append(stored)
        return Tensor(len(self._tensors) - 1, shape)

    def rename(self, tensor: Tensor, name: str) -> None:
        """Give a tensor another name."""
        self._tensors[tensor.number].name = name

    def operator(
        self,
        code: int,
        inputs: tuple[Tensor, ...],
        output: Tensor,
        options: Any = None,
        version: int = 1,
    ) -> None:
        """An operator, after all that were written before it."""
        stored = _filled(
            schema.OperatorT(),
            opcodeIndex=self._codes.setdefault((code, version), len(self._codes)),
            inputs=[tensor.number for tensor in inputs],
            outputs=[output.number],
        )
        if options is not None:
            stored.builtinOptions = options
            stored.builtinOptionsType = _OPTIONS[type(options)]
        self._operators.append(stored)

    def to_bytes(
        self,
        inputs: Mapping[str, Tensor],
        outputs: Mapping[str, Tensor],
        description: str,
        metadata: Mapping[str, str],
    ) -> bytes:
        """The file.

        Args:
            inputs: by the name under which the signature has them.
            outputs: the same.
            description: of the whole file, in a line.
            metadata: texts by name, which ``metadata.read_metadata`` gives back.
        """
        noted = []
        for name, text in metadata.items():
            noted.append(_filled(schema.MetadataT(), name=name, buffer=len(self._buffers)))
            self._buffers.append(_Buffer(np.frombuffer(text.encode(), "uint8")))
            self._bytes += len(self._buffers[-1].array)
        subgraph = _filled(
            schema.SubGraphT(),
            name=self.name,
            tensors=self._tensors,
            operators=self._operators,
            inputs=[tensor.number for tensor in inputs.values()],
            outputs=[tensor.number for tensor in outputs.values()],
        )
        signature = _filled(
            schema.SignatureDefT(),
            signatureKey=SIGNATURE,
            inputs=_mapped(inputs),
            outputs=_mapped(outputs),
        )
        model = _filled(
            schema.ModelT(),
            version=SCHEMA_VERSION,
            description=description,
            operatorCodes=[_code(*key) for key in self._codes],
            subgraphs=[subgraph],
            buffers=self._buffers,
            signatureDefs=[signature],
            metadata=noted,
        )
        size = self._bytes + _ALIGNMENT * len(self._buffers) + _SLACK
        builder = flatbuffers.Builder(-(-size // _ALIGNMENT) * _ALIGNMENT)
        builder.Finish(model.Pack(builder), IDENTIFIER)
        return bytes(memoryview(builder.Bytes)[builder.head :])


def options(kind: type[Any], **fields: Any) -> Any:
    """The options of an operator, as the class of the schema has them."""
    return _filled(kind(), **fields)


def _filled(record: Any, **fields: Any) -> Any:
    # Constructors of the schema's classes take no arguments before ai-edge-litert 2.
    for name, value in fields.items():
        if not hasattr(record, name):
            raise AttributeError(f"{type(record).__name__} has no field {name}")
        setattr(record, name, value)
    return record


def _mapped(tensors: Mapping[str, Tensor]) -> list[Any]:
    return [
        _filled(schema.TensorMapT(), name=name, tensorIndex=tensor.number)
        for name, tensor in tensors.items()
    ]


def _code(code: int, version: int) -> Any:
    # Readers of old files look for a code of one byte first.
    old = min(code, schema.BuiltinOperator.PLACEHOLDER_FOR_GREATER_OP_CODES)
    return _filled(
        schema.OperatorCodeT(), deprecatedBuiltinCode=old, builtinCode=code, version=version
    )


_KINDS: Mapping[str, int] = {
    "float32": schema.TensorType.FLOAT32,
    "int32": schema.TensorType.INT32,
}
#: The mark of each class of options that emitters use.
_OPTIONS: Mapping[type[Any], int] = {
    schema.AddOptionsT: schema.BuiltinOptions.AddOptions,
    schema.CastOptionsT: schema.BuiltinOptions.CastOptions,
    schema.ConcatenationOptionsT: schema.BuiltinOptions.ConcatenationOptions,
    schema.Conv2DOptionsT: schema.BuiltinOptions.Conv2DOptions,
    schema.DepthwiseConv2DOptionsT: schema.BuiltinOptions.DepthwiseConv2DOptions,
    schema.DivOptionsT: schema.BuiltinOptions.DivOptions,
    schema.FullyConnectedOptionsT: schema.BuiltinOptions.FullyConnectedOptions,
    schema.GeluOptionsT: schema.BuiltinOptions.GeluOptions,
    schema.LeakyReluOptionsT: schema.BuiltinOptions.LeakyReluOptions,
    schema.LocalResponseNormalizationOptionsT: (
        schema.BuiltinOptions.LocalResponseNormalizationOptions
    ),
    schema.MulOptionsT: schema.BuiltinOptions.MulOptions,
    schema.Pool2DOptionsT: schema.BuiltinOptions.Pool2DOptions,
    schema.ReducerOptionsT: schema.BuiltinOptions.ReducerOptions,
    schema.ShapeOptionsT: schema.BuiltinOptions.ShapeOptions,
    schema.SoftmaxOptionsT: schema.BuiltinOptions.SoftmaxOptions,
    schema.SqueezeOptionsT: schema.BuiltinOptions.SqueezeOptions,
    schema.DepthToSpaceOptionsT: schema.BuiltinOptions.DepthToSpaceOptions,
    schema.GatherOptionsT: schema.BuiltinOptions.GatherOptions,
    schema.MirrorPadOptionsT: schema.BuiltinOptions.MirrorPadOptions,
    schema.ResizeBilinearOptionsT: schema.BuiltinOptions.ResizeBilinearOptions,
    schema.ResizeNearestNeighborOptionsT: schema.BuiltinOptions.ResizeNearestNeighborOptions,
    schema.SpaceToDepthOptionsT: schema.BuiltinOptions.SpaceToDepthOptions,
    schema.StridedSliceOptionsT: schema.BuiltinOptions.StridedSliceOptions,
    schema.TransposeConvOptionsT: schema.BuiltinOptions.TransposeConvOptions,
    schema.SubOptionsT: schema.BuiltinOptions.SubOptions,
}
