"""Classes of data against those of networks: by name, by number, or refused."""

from __future__ import annotations

import pytest
from predicting import FakeNetwork

from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.training.evaluation.classes import (
    Matched,
    in_another_order,
    match_classes,
    own_labels,
)

PLACE = external("evaluate")


def network(classes: int, labels: tuple[str, ...] | None = None) -> FakeNetwork:
    return FakeNetwork(lambda images: images, classes, labels=labels)


def match(classes: str, of: int, labels: str | None = None) -> Matched:
    names = None if labels is None else tuple(labels.split())
    return match_classes(classes.split(), network(of), names, PLACE)


def refused(classes: str, of: int, labels: str | None = None) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        match(classes, of, labels)
    (one,) = caught.value.findings
    assert one.code == "E0916"
    assert any("--labels FILE" in help_ for help_ in one.helps) or of < len(classes.split())
    return one


def test_names_are_matched_in_any_order() -> None:
    found = match("ant bee cat", 3, "cat ant bee")
    assert found.numbers == (1, 2, 0)
    assert found.labels == ("cat", "ant", "bee")
    assert found.notes == ("classes were matched by name: the data has them in another order",)
    assert not match("ant bee", 2, "ant bee").notes


def test_classes_without_pictures_may_be_missing() -> None:
    found = match("ant cat", 3, "ant bee cat")
    assert found.numbers == (0, 2)
    assert found.notes == ("the data has no pictures of 1 of 3 classes",)


def test_a_class_that_the_network_does_not_have() -> None:
    one = refused("ant dogg", 3, "ant bee dog")
    assert "a class that `Fake` does not have: `dogg`" in one.message
    assert "did you mean `dog`?" in one.helps
    many = refused("a b c d e f g", 2, "x y")
    assert "`a`, `b`, `c`, `d`, `e` and 2 more" in many.message


def test_a_name_that_two_classes_have() -> None:
    assert "has 2 classes `crane`" in refused("crane hen", 3, "crane hen crane").message


def test_numbers_are_the_networks() -> None:
    found = match("0 1 2", 5)
    assert found.numbers == (0, 1, 2)
    assert found.labels == ("",) * 5
    assert match("0 1", 3, "ant bee cat").labels == ("ant", "bee", "cat")
    assert "3 classes, and `Fake` tells 2 apart" in refused("0 1 2", 2).message


def test_names_without_names_need_as_many() -> None:
    found = match("ant bee", 2)
    assert (found.numbers, found.labels) == ((0, 1), ("ant", "bee"))
    assert "does not name its classes" in found.notes[0]
    assert "2 classes, and `Fake` tells 3 apart" in refused("ant bee", 3).message


@pytest.mark.parametrize("names", [[f"n{number}" for number in range(1000)],
                                   [str(number) for number in range(1000)]])  # fmt: skip
def test_the_background_class_of_imagenet_comes_before(names: list[str]) -> None:
    found = match_classes(names, network(1001), None, PLACE)
    assert found.numbers == tuple(range(1, 1001))
    assert len(found.labels) == 1001
    assert "background" in found.notes[0]


def test_networks_that_name_classes_in_other_ways_are_no_ensemble() -> None:
    first, second = network(2, ("ant", "bee")), network(2, ("bee", "ant"))
    assert own_labels([network(2), first, first], PLACE) == ("ant", "bee")
    assert own_labels([network(2)], PLACE) is None
    with pytest.raises(SpecError, match="class 0 is `ant` and `bee`") as caught:
        own_labels([first, second], PLACE)
    assert caught.value.findings[0].code == "E0916"


def test_numbers_are_no_names() -> None:
    """As those of a run on an `.npz` file."""
    numbered = network(2, ("0", "1"))
    assert own_labels([numbered, network(2, ("ant", "bee"))], PLACE) == ("ant", "bee")
    assert own_labels([numbered], PLACE) == ("0", "1")


def test_another_order_is_suspected_where_it_would_explain_the_mistakes() -> None:
    turned = [[0, 9, 1], [1, 0, 9], [9, 1, 0]]
    assert len(list(in_another_order(turned))) == 1
    assert not list(in_another_order([[9, 1, 0], [0, 9, 1], [1, 0, 9]]))
    # A network that says one class of all is bad, not turned.
    assert not list(in_another_order([[10, 0, 0], [10, 0, 0], [10, 0, 0]]))
    assert not list(in_another_order([[4, 3, 3], [3, 4, 3], [3, 3, 4]]))
