"""What the pickle of a PyTorch file may ask for: storages, types and tensors, and nothing else.

Names and arguments: ``torch/_utils.py`` and ``torch/serialization.py`` of PyTorch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from inceptionspec.weights.files.closed_pickle import Global, Maker, Unpickler
from inceptionspec.weights.files.located_tensor import checked_shape, quoted
from inceptionspec.weights.files.number_types import stored_dtype
from inceptionspec.weights.files.weight_file import BFLOAT16, FLOAT8_E4M3, FLOAT8_E5M2
from inceptionspec.weights.files.wire import CorruptFileError

UNTYPED = "uint8"
"""The type of a storage whose tensors say their own: it counts bytes."""
_DEEPEST = 8

#: The names of types by the classes of storages.
_STORAGES: Mapping[str, str] = MappingProxyType(
    {
        "DoubleStorage": "float64",
        "FloatStorage": "float32",
        "HalfStorage": "float16",
        "BFloat16Storage": BFLOAT16,
        "LongStorage": "int64",
        "IntStorage": "int32",
        "ShortStorage": "int16",
        "CharStorage": "int8",
        "ByteStorage": "uint8",
        "BoolStorage": "bool",
        "ComplexFloatStorage": "complex64",
        "ComplexDoubleStorage": "complex128",
        "UntypedStorage": UNTYPED,
    }
)
_STORAGE_MODULES = frozenset({"torch", "torch.cuda", "torch.storage"})

#: The types that PyTorch names as NumPy does, and two that NumPy lacks.
_TYPES = frozenset(
    {"float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "uint16",
     "uint32", "uint64", "bool", "complex64", "complex128", BFLOAT16, FLOAT8_E4M3, FLOAT8_E5M2}
)  # fmt: skip

#: Classes that a pickle names as arguments, and what stands for them.
_CLASSES = frozenset(
    {"torch.Tensor", "torch._tensor.Tensor", "torch.nn.parameter.Parameter", "torch.strided"}
)


class StorageType(NamedTuple):
    """A class of storages: the type of its numbers."""

    type: str


class NumberType(NamedTuple):
    """A type of numbers."""

    type: str


class Storage(NamedTuple):
    """A storage that lies outside the pickle, or a part of one.

    Attributes:
        key: by which the file knows it.
        type: of its numbers.
        first: where the part starts, in numbers.
        size: how many numbers it has.
    """

    key: str
    type: str
    first: int
    size: int


class StorageSize(NamedTuple):
    """How large a storage is: how many numbers, and the bytes of each."""

    numbers: int
    width: int

    @property
    def bytes(self) -> int:
        """All its bytes."""
        return self.numbers * self.width


@dataclass(frozen=True, slots=True)
class View:
    """A tensor: how it looks at a storage.

    Attributes:
        key: of the storage.
        type: of its numbers.
        shape: its dimensions.
        strides: from one element to the next along each axis, in numbers.
        first: where it starts in its part of the storage, in numbers.
        part: where that part starts, in bytes.
    """

    key: str
    type: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    first: int
    part: int

    @property
    def span(self) -> int:
        """How many numbers lie from its first to its last."""
        if not all(self.shape):
            return 0
        sides = zip(self.shape, self.strides, strict=True)
        return 1 + sum((side - 1) * stride for side, stride in sides)


def unpickler(data: bytes, sizes: dict[str, StorageSize]) -> Unpickler:
    """A reader of the pickles of a PyTorch file, which notes the sizes of storages by key."""

    def outside(what: Any) -> Storage:
        key, size, storage = _storage(what)
        if sizes.setdefault(key, size) != size:
            raise CorruptFileError(f"the storage {quoted(key)} has two sizes")
        return storage

    return Unpickler(data, MAKERS, _plain, outside)


def named_tensors(value: Any) -> dict[str, View]:
    """The tensors of what a file holds, by name.

    What training programs put around a state dictionary is taken off; in nested dictionaries
    names are joined by a dot.

    Raises:
        CorruptFileError: it holds no tensors by name.
    """
    for _ in range(_DEEPEST):
        inner = _inner(value)
        if inner is None:
            break
        value = inner
    views: dict[str, View] = {}
    for name, view in _walked(value, "", set(), 0):
        if name in views:
            raise CorruptFileError(f"it holds two tensors {quoted(name)}")
        views[name] = view
    if not views:
        raise CorruptFileError(
            "it holds no tensors by name",
            "save a state dictionary: `torch.save(model.state_dict(), 'model.pth')`",
        )
    return views


#: Under which names programs keep a state dictionary, the first that is there.
_NESTS = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights")


def _inner(value: Any) -> Any:
    if not isinstance(value, dict) or any(isinstance(part, View) for part in value.values()):
        return None
    return next((value[name] for name in _NESTS if isinstance(value.get(name), dict)), None)


def _walked(value: Any, front: str, seen: set[int], depth: int) -> Iterator[tuple[str, View]]:
    if not isinstance(value, dict) or id(value) in seen or depth > _DEEPEST:
        return
    seen.add(id(value))
    for name, part in value.items():
        if isinstance(name, str):
            if isinstance(part, View):
                yield front + name, part
            else:
                yield from _walked(part, f"{front}{name}.", seen, depth + 1)


def _plain(asked: Global) -> Any:
    """What stands for a name that is not called."""
    if asked.module in _STORAGE_MODULES and asked.name in _STORAGES:
        return StorageType(_STORAGES[asked.name])
    if asked.module == "torch" and asked.name in _TYPES:
        return NumberType(asked.name)
    if str(asked) in _CLASSES:
        return asked
    if asked.module.startswith("torch.nn.modules"):
        raise CorruptFileError(
            f"it holds a whole model with its code ({quoted(str(asked))}), not only weights",
            "in the program that made it, save the weights alone: "
            "`torch.save(model.state_dict(), 'model.pth')`",
        )
    raise CorruptFileError(
        f"it is a pickle with code in it: it asks for {quoted(str(asked))}, and was not run",
        "if you trust it, save its weights alone in the program that made it: "
        "`torch.save(model.state_dict(), 'model.pth')`",
    )


def _storage(what: Any) -> tuple[str, StorageSize, Storage]:
    """The storage that ``('storage', class, key, device, count[, part])`` names."""
    if not isinstance(what, tuple) or not 5 <= len(what) <= 6 or what[0] != "storage":
        raise CorruptFileError("it holds more than tensors: the code of a model, for example")
    kind, key, count = what[1], what[2], _count(what[4])
    if not isinstance(kind, StorageType) or not isinstance(key, str):
        raise CorruptFileError("a storage has no type or no name")
    size = StorageSize(count, stored_dtype(kind.type).itemsize)
    first = 0
    if len(what) == 6 and what[5] is not None:  # before PyTorch 0.4: its name, start and size
        if not isinstance(what[5], tuple) or len(what[5]) != 3:
            raise CorruptFileError("a part of a storage is malformed")
        first, count = _count(what[5][1]), _count(what[5][2])
        if first + count > size.numbers:
            raise CorruptFileError("a part of a storage is larger than the whole")
    return key, size, Storage(key, kind.type, first, count)


def _tensor(
    storage: Any, first: Any, shape: Any, strides: Any, *rest: Any, kind: str | None = None
) -> View:
    if not isinstance(storage, Storage) or not isinstance(shape, tuple):
        raise CorruptFileError("a tensor has no storage or no shape")
    sides = checked_shape("a tensor", shape)
    if not isinstance(strides, tuple) or len(strides) != len(sides):
        raise CorruptFileError("the strides of a tensor do not fit its shape")
    steps = checked_shape("a tensor", strides)
    kind = kind or storage.type
    width = stored_dtype(storage.type).itemsize
    view = View(storage.key, kind, sides, steps, _count(first), storage.first * width)
    if (view.first + view.span) * stored_dtype(kind).itemsize > storage.size * width:
        raise CorruptFileError("a tensor is larger than its storage")
    return view


def _typed_tensor(
    storage: Any, first: Any, shape: Any, strides: Any, grad: Any, hooks: Any, kind: Any, *rest: Any
) -> View:
    if not isinstance(kind, NumberType):
        raise CorruptFileError("a tensor has no type")
    return _tensor(storage, first, shape, strides, kind=kind.type)


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 60:
        raise CorruptFileError("a number of a tensor is malformed")
    return value


def _wrapped(maker: Any, kind: Any, arguments: Any, state: Any) -> View:
    """A tensor of a class with attributes, which are not read."""
    if not isinstance(maker, Global) or not isinstance(arguments, tuple):
        raise CorruptFileError("a tensor is malformed")
    made = MAKERS[str(maker)](*arguments) if str(maker) in _REBUILDS else None
    if not isinstance(made, View):
        raise CorruptFileError("a tensor is malformed")
    return made


def _first(value: Any, *rest: Any) -> Any:
    return value


def _dictionary(*items: Any) -> dict[Any, Any]:
    if items:
        raise CorruptFileError("a dictionary is written in a form that is not read")
    return {}


_REBUILDS: Mapping[str, Maker] = MappingProxyType(
    {
        "torch._utils._rebuild_tensor": _tensor,
        "torch._utils._rebuild_tensor_v2": _tensor,
        "torch._utils._rebuild_tensor_v3": _typed_tensor,
        "torch._utils._rebuild_parameter": _first,
        "torch._utils._rebuild_parameter_with_state": _first,
    }
)
#: What a call of each name yields.
MAKERS: Mapping[str, Maker] = MappingProxyType(
    {
        **_REBUILDS,
        "torch._tensor._rebuild_from_type_v2": _wrapped,
        "collections.OrderedDict": _dictionary,
        "torch.Size": lambda sides: tuple(sides) if isinstance(sides, (list, tuple)) else None,
        "torch.device": lambda *name: None,
    }
)
