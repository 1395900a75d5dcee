"""Keras 3's layout of weights, ``layers/conv2d_3/vars/0``, in ``.weights.h5`` and ``.keras``.

A group is named for a layer's class and the number of layers of that class before it in
``model.layers``. Arrays have numbers. Their names follow from the class; the layer's own name is
in the JSON of a ``.keras`` file, and in an attribute of ``vars`` since Keras 3.10 or so. Layout:
``keras/src/saving/saving_lib.py``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from inceptionspec.weights.files.hdf5 import Group
from inceptionspec.weights.files.hdf5_weights import Index, add
from inceptionspec.weights.files.keras_config import ConfigLayer, Path, layer_names, stored
from inceptionspec.weights.files.weight_file import StoredLayer
from inceptionspec.weights.files.wire import CorruptFileError

_LAYERS = ("layers", "_layer_checkpoint_dependencies")
"""The groups that hold layers; the second is Keras 2.12's."""
_VARS = "vars"
#: Groups that hold no weights of the network.
_STATE = frozenset({"optimizer", "_metrics", "metrics", "seed_generator", "loss_tracker"})
_DEEPEST = 64
_MOST_GROUPS = 1 << 17

_CONV = (("kernel", ""), ("bias", "use_bias"))
_SEPARABLE = (("depthwise_kernel", ""), ("pointwise_kernel", ""), ("bias", "use_bias"))
_NORM = (("gamma", "scale"), ("beta", "center"))
_MOVING = (("moving_mean", ""), ("moving_variance", ""))
#: The weights of a class in order, each with the argument that it depends on.
WEIGHTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Conv1D": _CONV,
    "Conv2D": _CONV,
    "Conv3D": _CONV,
    "Conv1DTranspose": _CONV,
    "Conv2DTranspose": _CONV,
    "Conv3DTranspose": _CONV,
    "DepthwiseConv1D": _CONV,
    "DepthwiseConv2D": _CONV,
    "SeparableConv1D": _SEPARABLE,
    "SeparableConv2D": _SEPARABLE,
    "Dense": _CONV,
    "EinsumDense": (("kernel", ""), ("bias", "bias_axes")),
    "BatchNormalization": (*_NORM, *_MOVING),
    "SyncBatchNormalization": (*_NORM, *_MOVING),
    "LayerNormalization": _NORM,
    "GroupNormalization": _NORM,
    "RMSNormalization": (("scale", ""),),
    "PReLU": (("alpha", ""),),
    "Embedding": (("embeddings", ""),),
    "Normalization": (("mean", ""), ("variance", ""), ("count", "")),
    "LayerScale": (("gamma", ""),),
}
#: Without the arguments: what a class has if it has that many weights and not all.
_FEWER: Mapping[tuple[tuple[str, str], ...], Mapping[int, tuple[str, ...]]] = {
    _CONV: {1: ("kernel",)},
    (("kernel", ""), ("bias", "bias_axes")): {1: ("kernel",)},
    _SEPARABLE: {2: ("depthwise_kernel", "pointwise_kernel")},
    # Keras' own networks leave out gamma, which the next convolution could take over.
    (*_NORM, *_MOVING): {
        2: ("moving_mean", "moving_variance"),
        3: ("beta", "moving_mean", "moving_variance"),
    },
}


def snake_case(name: str) -> str:
    """A class as groups are named for it: ``batch_normalization`` for BatchNormalization."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


_CLASSES: Mapping[str, str] = {snake_case(kind): kind for kind in WEIGHTS}


class _Held(NamedTuple):
    """What is stored of an object.

    Attributes:
        way: the groups that lead to it.
        name: its own name; empty where the file does not say.
        arrays: the names of its arrays: numbers.
    """

    way: Path
    name: str
    arrays: tuple[str, ...]


class _Layer(NamedTuple):
    """What is known of an object: the path of names that it is called by, its class, arguments."""

    path: Path
    kind: str
    config: Mapping[str, Any] | None


def has_vars(root: Group) -> bool:
    """Whether a file has this layout."""
    return any(name in (*_LAYERS, _VARS) for name in root.names())


def vars_index(
    root: Group, kind: str = "Keras weights (.weights.h5)", model: Sequence[ConfigLayer] = ()
) -> Index:
    """Where the arrays are.

    Without the model's JSON, layers are in the order of their groups: by class, then by number.

    Args:
        root: the file.
        kind: what it is, in words.
        model: the layers of the model, where its JSON is known.

    Raises:
        CorruptFileError: it is not what Keras writes.
    """
    held = list(_walked(root))
    known = _from_config(model)
    if not model and not any(group.name for group in held if group.way):
        kind += " without names of layers"
    order = {way: number for number, way in enumerate(known)}
    own = {group.way: group.name for group in held}
    objects = {group.way: _layer(group.way, known, own) for group in held}
    held.sort(key=lambda group: order.get(_owner(group.way, known), len(order)))
    paths = [layer.path for layer in (*known.values(), *objects.values())]
    names = layer_names([path for path in paths if path])
    places: dict[str, str] = {}
    for group in held:
        layer = objects[group.way]
        front = names[layer.path] if layer.path else group.name or "model"
        for number, weight in zip(
            group.arrays, _weight_names(layer, len(group.arrays)), strict=True
        ):
            add(places, f"{front}/{weight}", "/".join((*group.way, _VARS, number)))
    layers = stored(model) or tuple(
        StoredLayer(names[layer.path], layer.kind, model="/".join(layer.path[:-1]))
        for layer in (objects[group.way] for group in held)
        if layer.path
    )
    return Index(kind, places, layers)


def _walked(root: Group) -> Iterator[_Held]:
    """The groups of objects, in the order of their names, numbers as numbers."""
    seen: set[int] = set()
    waiting: list[tuple[Path, Group]] = [((), root)]
    while waiting:
        way, group = waiting.pop()
        if group.address in seen:
            continue
        seen.add(group.address)
        if len(way) > _DEEPEST or len(seen) > _MOST_GROUPS:
            raise CorruptFileError("its groups nest too deep, or are too many")
        for name in sorted(group.names(), key=_natural, reverse=True):
            member = group.group(name)
            if member is None or name in _STATE:
                continue
            if name == _VARS:
                arrays = sorted(member.names(), key=_natural)
                yield _Held(way, member.text("name") or "", tuple(arrays))
            else:
                waiting.append(((*way, name), member))


def _natural(name: str) -> tuple[str, int]:
    """A key that sorts ``conv2d_9`` before ``conv2d_10``."""
    text, number = re.fullmatch(r"(.*?)_?(\d{0,9})", name, re.DOTALL).groups()  # type: ignore[union-attr]
    return text, int(number or 0)


def _from_config(model: Sequence[ConfigLayer]) -> dict[Path, _Layer]:
    """The layers of a model by the groups that lead to them, in the model's order."""
    ways: dict[Path, Path] = {(): ()}
    counts: dict[Path, Counter[str]] = {}
    known = {}
    for layer in model:
        if layer.is_operation:
            continue
        above, kind = layer.path[:-1], snake_case(layer.kind)
        count = counts.setdefault(above, Counter())
        way = (*ways[above], _LAYERS[0], f"{kind}_{count[kind]}" if count[kind] else kind)
        count[kind] += 1
        ways[layer.path] = way
        known[way] = _Layer(layer.path, layer.kind, layer.config)
    return known


def _owner(way: Path, known: Mapping[Path, _Layer]) -> Path:
    """The groups that lead to the layer that an object is, or is a part of."""
    return next((way[:end] for end in range(len(way), 0, -1) if way[:end] in known), ())


def _layer(way: Path, known: Mapping[Path, _Layer], own: Mapping[Path, str]) -> _Layer:
    """What an object is: from the model, or else from the names of its groups."""
    owner = _owner(way, known)
    path: Path = known[owner].path if owner else ()
    if way == owner and owner:
        return known[owner]
    for end in range(len(owner) + 1, len(way) + 1):
        if way[end - 1] not in _LAYERS:
            path = (*path, own.get(way[:end]) or way[end - 1])
    last = re.sub(r"_\d+$", "", way[-1]) if way else ""
    return _Layer(path, _CLASSES.get(last, last), None)


def _weight_names(layer: _Layer, count: int) -> Sequence[str]:
    """What the weights of a layer are called; numbers where that is not known."""
    weights = WEIGHTS.get(layer.kind, ())
    names: Sequence[str] = [name for name, _ in weights]
    if layer.config is not None:
        names = [name for name, flag in weights if not flag or layer.config.get(flag, True)]
    elif count != len(names):
        names = _FEWER.get(weights, {}).get(count, ())
    return names if len(names) == count else [str(number) for number in range(count)]
