"""Which class of a network each class of the data is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.export.labels import BACKGROUND, IMAGENET
from inceptionspec.prediction.model import Network

_LISTED = 5
_UNNAMED = "the network does not name its classes: the data's order was taken for theirs"
_ANOTHER_ORDER = "classes seem to be in another order than the network's: see `--labels`"


class Matched(NamedTuple):
    """Classes of data as classes of a network.

    Fields:
        numbers: the network's number of each class of the data.
        labels: the name of each class of the network, empty where none is known.
        notes: what is noteworthy, in sentences.
    """

    numbers: tuple[int, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...] = ()


def own_labels(networks: Sequence[Network], place: Span) -> tuple[str, ...] | None:
    """The names that networks know of their classes; None where none knows any.

    Raises:
        SpecError: two of them know other names, or another order (E0916).
    """
    known = [network for network in networks if network.labels]
    # Those of a run on numbered data are no names.
    known = [one for one in known if not _numbered(one.labels or ())] or known
    for network in known[1:]:
        first, other = known[0].labels or (), network.labels or ()
        if first != other:
            number = next((i for i, (a, b) in enumerate(zip(first, other, strict=False)) if a != b))
            raise spec_error(
                "E0916",
                f"the networks name their classes in other ways: class {number} is "
                f"`{_shown(first[number])}` and `{_shown(other[number])}`",
                place,
                "evaluate each alone: a mean over other classes means nothing",
                "or name the classes of all: `--labels FILE`",
            )
    return known[0].labels if known else None


def match_classes(
    classes: Sequence[str], network: Network, labels: Sequence[str] | None, place: Span
) -> Matched:
    """Match by name where the network's names are known, else by number.

    Classes that the data has no pictures of may be missing from it. Where data has numbers only
    (``.npz``, TFRecords), they are the network's.

    Args:
        classes: the names that the data knows, in its order.
        network: has so many classes.
        labels: their names, in their order, if known.
        place: where findings point.

    Raises:
        SpecError: the data has a class that the network does not have, or there are more or fewer
            than its own and no names tell them apart (E0916).
    """
    numbered = _numbered(classes)
    if labels is not None and not (numbered and set(classes) - set(labels)):
        return _by_name(classes, labels, network, place)
    return _by_number(classes, numbered, network, labels, place)


def in_another_order(confusion: Sequence[Sequence[int]]) -> Iterator[str]:
    """A note where most predictions would be right if classes were only numbered otherwise.

    Args:
        confusion: pictures by class and by prediction.
    """
    shown = [(number, row) for number, row in enumerate(confusion) if any(row)]
    right = sum(row[number] for number, row in shown)
    most = [max(row) for _, row in shown]
    taken = {row.index(count) for (_, row), count in zip(shown, most, strict=True)}
    total = sum(sum(row) for _, row in shown)
    if 2 * sum(most) > total and 2 * right < sum(most) and 5 * len(taken) >= 4 * len(shown):
        yield _ANOTHER_ORDER


def _by_name(
    classes: Sequence[str], labels: Sequence[str], network: Network, place: Span
) -> Matched:
    number = {label: index for index, label in enumerate(labels)}
    unknown = [name for name in classes if name not in number]
    if unknown:
        raise _unknown(unknown, labels, network, place)
    twice = [name for name in classes if labels.count(name) > 1]
    if twice:
        raise spec_error(
            "E0916",
            f"`{_shown(network.name)}` has {labels.count(twice[0])} classes `{_shown(twice[0])}`",
            place,
            "give each a name of its own: `--labels FILE`",
        )
    numbers = tuple(number[name] for name in classes)
    notes = []
    if list(numbers) != sorted(numbers):
        notes.append("classes were matched by name: the data has them in another order")
    return Matched(numbers, tuple(labels), (*notes, *_missing(numbers, network)))


def _by_number(
    classes: Sequence[str],
    numbered: bool,
    network: Network,
    labels: Sequence[str] | None,
    place: Span,
) -> Matched:
    count = len(classes)
    if (count, network.classes) == (IMAGENET, IMAGENET + 1):
        numbers = tuple(range(1, count + 1))
        known = labels or (BACKGROUND, *([""] * count if numbered else classes))
        note = f"`{network.name}` has a class 0 for background: the data's classes begin at 1"
        return Matched(numbers, tuple(known), (sanitize(note),))
    if count > network.classes or (count < network.classes and not numbered):
        raise spec_error(
            "E0916",
            f"the data has {count:,} classes, and `{_shown(network.name)}` tells "
            f"{network.classes:,} apart",
            place,
            *(
                ["name the network's classes in their order, as the folders are called: "
                 "`--labels FILE`"] if count < network.classes else []
            ),
            "evaluate a network that was trained on these classes",
        )  # fmt: skip
    numbers = tuple(range(count))
    known = labels or ([""] * network.classes if numbered else classes)
    notes = [] if labels or numbered else [_UNNAMED]
    return Matched(numbers, tuple(known), (*notes, *_missing(numbers, network)))


def _missing(numbers: Sequence[int], network: Network) -> Iterator[str]:
    missing = network.classes - len(set(numbers))
    if missing:
        yield f"the data has no pictures of {missing:,} of {network.classes:,} classes"


def _unknown(
    unknown: Sequence[str], labels: Sequence[str], network: Network, place: Span
) -> SpecError:
    one = len(unknown) == 1
    return spec_error(
        "E0916",
        f"the data has {'a class' if one else 'classes'} that `{_shown(network.name)}` does not "
        f"have: {_few(unknown)}",
        place,
        *did_you_mean(unknown[0], labels),
        "name the network's classes in their order, as the data calls them: `--labels FILE`",
        notes=(f"its classes are {_few(labels)}",),
    )


def _numbered(names: Sequence[str]) -> bool:
    """Whether names are the numbers of classes."""
    return tuple(names) == tuple(str(number) for number in range(len(names)))


def _few(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    shown = [_shown(name) for name in names[:_LISTED]]
    more = len(names) - len(shown)
    if not more:
        return listed(shown)
    return f"{', '.join(f'`{name}`' for name in shown)} and {more:,} more"


def _shown(name: str) -> str:
    return sanitize(shortened(name, 40))
