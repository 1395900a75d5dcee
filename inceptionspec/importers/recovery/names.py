"""Names of the source as names of a spec: common beginnings become scopes, counters go."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from inceptionspec.importers.recovery.calls import Calls
from inceptionspec.importers.recovery.layer import Layer
from inceptionspec.importers.recovery.nest import Row, Split, order

_LONGEST = 64
_SCOPES = re.compile(r"[/.:]+")
_WORDS = re.compile(r"[/.:_]+")
_FOREIGN = re.compile(r"[^A-Za-z0-9_]+")
_NUMBER = re.compile(r"(?:^|_)[0-9]+(?=_|$)")
# What Keras calls a layer that was given no name.
_KERAS = re.compile(
    r"(conv[123]d(_transpose)?|depthwise_conv2d|separable_conv2d|dense|batch_normalization(_v1)?"
    r"|(layer|group|unit)_normalization|normalization|rescaling|((leaky|p|thresholded)_)?re_?lu"
    r"|elu|softmax|activation|((spatial|alpha|gaussian)_)?dropout([123]d)?|flatten|reshape|permute"
    r"|add|concatenate|multiply|average|(global_)?(max|average)_pooling2d|zero_padding2d"
    r"|cropping2d|up_sampling2d|lambda|tf\w+)(_[0-9]+)?"
)
# What writers of ONNX do: the kind of a node, or of what it was made of, and a number.
_NUMBERED = re.compile(r"([A-Z][A-Za-z]+)_?[0-9]+")
_NODE = re.compile(r"(.*/)?(node_\w+|[0-9]+)")
#: The most layers that a call renames, and the share of names on which all calls must agree.
_MOST_RENAMED = 2
_TRUSTED = 0.75
#: How many layers must be numbered alike for their names to say nothing.
_MANY = 8


#: The elements of a name that holds scopes, from the outside in.
Parts = tuple[str, ...]


def without_counters(layers: Sequence[Layer]) -> None:
    """Take the names from layers that a program named by their kind and a number.

    Such a number changes with what was built before, and a spec derives names of its own.
    """
    stems = Counter(
        (found[1], layer.op) for layer in layers if (found := _NUMBERED.fullmatch(layer.name))
    )
    for layer in layers:
        found = _NUMBERED.fullmatch(layer.name)
        many = found is not None and stems[found[1], layer.op] >= _MANY
        derived = layer.name.rstrip("0123456789").rstrip("_") == layer.op
        if many or derived or _KERAS.fullmatch(layer.name) or _NODE.fullmatch(layer.name):
            layer.name = ""


def clean(name: str) -> str:
    """A name that specs admit, as near to another one as can be; empty where nothing is left."""
    text = _FOREIGN.sub("_", name).strip("_")
    number, _, rest = text.partition("_")
    if number.isdigit() and rest:  # `1_conv` is the first convolution
        text = f"{rest}_{number}"
    if text and not text[0].isalpha():
        text = f"n{text}"
    return text[:_LONGEST].strip("_")


@dataclass(slots=True)
class Names:
    """What the calls of a block, or one part, and all that is inside are called.

    Attributes:
        calls: for each call the scopes and the name that the source has for it; empty where it
            has none.
        layers: the name of each layer of the first call, where it has one.
        branches: the names of the branches of a merge of the first call, where they have some.
        renamed: for each call the names that differ from those of the block, by path in it.
        outermost: the names inside that no other name stands before.
    """

    calls: list[Parts]
    layers: dict[int, str] = field(default_factory=dict)
    branches: dict[int, Parts] = field(default_factory=dict)
    renamed: list[dict[str, str]] = field(default_factory=list)
    outermost: set[str] = field(default_factory=set)

    def call(self, number: int) -> str:
        """The name of a call."""
        return clean("_".join(self.calls[number]))


def named(layers: Sequence[Layer], calls: Calls) -> Names:
    """Names for the calls of a block, or for a part that stands alone."""
    places = list(order(calls.row))
    last = places[-1] if isinstance(calls.row[-1], Split) else None
    prefixes: list[Parts] = []
    rests: list[list[Parts | None]] = []
    for place in calls.places:
        there = [p for p in places if p in place]
        own = [layers[place[p]].name for p in there]
        prefix, rest = _split(own, ends_in_merge=last in there[-1:])
        if not prefix and last in there[-1:] and own[-1]:
            prefix = tuple(_SCOPES.split(own[-1].strip("/.:")))
        prefixes.append(prefix)
        found = dict(zip(there, rest, strict=True))
        rests.append([found.get(p) for p in places])
    counts = Counter(prefixes)
    prefixes = [prefix if counts[prefix] == 1 else () for prefix in prefixes]
    result = Names(prefixes, renamed=[{} for _ in calls.rows])
    inner = dict(zip(places, _agreed(rests), strict=True))
    whole = dict(inner)
    _name_branches(calls.row, inner, result.branches)
    taken: set[tuple[Parts, str]] = set()
    _distinguish(calls.row, result.branches, taken)
    scopes = _scopes(calls.row, result.branches)
    for layer in places:
        name = clean("_".join(inner[layer]))
        if name and (scopes[layer], name) not in taken:
            taken.add((scopes[layer], name))
            result.layers[layer] = name
    result.outermost = {name for scope, name in taken if not scope}
    for number, of_call in enumerate(rests):
        result.renamed[number] = _renamed(result, places, whole, scopes, taken, of_call)
    return result


def _agreed(rests: Sequence[Sequence[Parts | None]]) -> list[Parts]:
    """The name of each layer of a block: the one that all calls have, or most of them."""
    columns = [
        [parts for rest in rests if (parts := rest[n]) is not None] for n in range(len(rests[0]))
    ]
    unanimous = [len(set(column)) == 1 for column in columns]
    # With two calls, either has half of the names: where others agree, the first is right.
    trusted = sum(unanimous) >= _TRUSTED * len(columns)
    found: list[Parts] = []
    for column in columns:
        (parts, count), *_ = Counter(column).most_common(1)
        bare = {tuple(_NUMBER.sub("", part).strip("_") for part in parts) for parts in column}
        if len(set(column)) > 1 and len(bare) == 1 and all(next(iter(bare))):
            found.append(bare.pop())
        elif 2 * count > len(column) or (2 * count == len(column) and trusted):
            found.append(parts)
        else:
            found.append(())
    return found


def _renamed(
    names: Names,
    places: Sequence[int],
    whole: Mapping[int, Parts],
    scopes: Mapping[int, Parts],
    taken: set[tuple[Parts, str]],
    rest: Sequence[Parts | None],
) -> dict[str, str]:
    """The names of one call that are not the block's; none where these are many."""
    found: dict[str, str] = {}
    for place, parts in zip(places, rest, strict=True):
        scope, depth = scopes[place], len(scopes[place])
        usual = whole[place]
        if parts is None or parts == usual or place not in names.layers or len(parts) != len(usual):
            continue
        name = clean("_".join(parts[depth:]))
        if not name or parts[:depth] != usual[:depth] or (scope, name) in taken:
            continue
        if _NUMBER.sub("", name) != _NUMBER.sub("", names.layers[place]):
            found["/".join((*scope, names.layers[place]))] = name
    return found if len(found) <= _MOST_RENAMED and len(set(found.values())) == len(found) else {}


def _split(names: Sequence[str], *, ends_in_merge: bool) -> tuple[Parts, list[Parts]]:
    """The common beginning of the names of one call, and what is left of each."""
    parts: list[Parts] = [tuple(_SCOPES.split(name.strip("/.:"))) if name else () for name in names]
    # The merge at the end may be called as the whole is.
    inner = [part for part in (parts[:-1] if ends_in_merge else parts) if part]
    prefix: Parts = ()
    if len(inner) < 2 or any(len(part) > 1 for part in inner):
        prefix = _beginning(inner) if len(inner) > 1 else ()
        return prefix, [_without(part, prefix) for part in parts]
    common = _beginning([tuple(part[0].split("_")) for part in inner])
    rests: list[Parts] = []
    for part in parts:
        rest = _without(tuple(part[0].split("_")) if len(part) == 1 else (), common)
        rests.append(("_".join(rest),) if rest else ())
    prefix = ("_".join(common),) if common else ()
    return prefix, rests


def scopes_of(names: Sequence[str]) -> Parts:
    """The scopes that names of one part of a network begin with, as the source writes them."""
    return _split(names, ends_in_merge=False)[0]


def scope_of(names: Sequence[str]) -> Parts:
    """What some names have in common but for their ends, word by word."""
    words = _words(names)
    return _beginning(words) if words else ()


def begins_with(names: Sequence[str], scope: Parts) -> bool:
    """Whether all names that there are lie in a scope, word by word."""
    words = _words(names)
    return bool(words) and all(one[: len(scope)] == scope for one in words)


def _words(names: Sequence[str]) -> list[Parts]:
    return [tuple(_WORDS.split(name.strip("/.:_"))) for name in names if name]


def _without(part: Parts, prefix: Parts) -> Parts:
    return part[len(prefix) :] if part[: len(prefix)] == prefix else part


def _beginning(parts: Sequence[Parts]) -> Parts:
    """What all begin with, leaving something of each."""
    least = min(len(part) for part in parts) - 1
    length = 0
    while length < least and len({part[length] for part in parts}) == 1:
        length += 1
    return parts[0][:length]


def _name_branches(row: Row, inner: dict[int, Parts], branches: dict[int, Parts]) -> None:
    for item in row:
        if not isinstance(item, Split):
            continue
        firsts: list[str] = []
        for branch in item.branches:
            found = {inner[place][0] if len(inner[place]) > 1 else "" for place in order(branch)}
            firsts.append(clean(found.pop()) if len(found) == 1 else "")
        filled = [name for name, branch in zip(firsts, item.branches, strict=True) if branch]
        if all(filled) and len(set(filled)) == len(filled) and firsts.count("") < 2:
            branches[item.merge] = tuple(name or free("same", filled) for name in firsts)
            for branch in item.branches:
                for place in order(branch):
                    inner[place] = inner[place][1:]
        for branch in item.branches:
            _name_branches(branch, inner, branches)


def _distinguish(
    row: Row, branches: dict[int, Parts], taken: set[tuple[Parts, str]], around: Parts = ()
) -> None:
    """Take the names of branches; those of a merge that are taken there already are given up."""
    for item in row:
        if not isinstance(item, Split):
            continue
        own = {(around, name) for name in branches.get(item.merge, ())}
        if not taken.isdisjoint(own):
            del branches[item.merge]
            own = set()
        taken |= own
        names = branches.get(item.merge, ("",) * len(item.branches))
        for name, branch in zip(names, item.branches, strict=True):
            _distinguish(branch, branches, taken, (*around, name) if name else around)


def _scopes(row: Row, branches: dict[int, Parts], around: Parts = ()) -> dict[int, Parts]:
    """The branches with names around each layer."""
    found: dict[int, Parts] = {}
    for item in row:
        if not isinstance(item, Split):
            assert isinstance(item, int)
            found[item] = around
            continue
        found[item.merge] = around
        names = branches.get(item.merge, ("",) * len(item.branches))
        for name, branch in zip(names, item.branches, strict=True):
            found.update(_scopes(branch, branches, (*around, name) if name else around))
    return found


def free(name: str, taken: Iterable[str]) -> str:
    """A name that is not taken: the one that is wished for, or with a number."""
    taken = set(taken)
    number = 2
    free = name
    while free in taken:
        free = f"{name}_{number}"
        number += 1
    return free
