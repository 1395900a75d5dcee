"""What computes in integers, and which tensors share a grid: on models without weights."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from inceptionspec.quantization.plan import plan_of


def model(*nodes: str, outputs: str = "") -> Any:
    """A model of lines such as ``Conv x W -> a``: capitals are constants, ``x`` is the input."""
    made, constants = [], set()
    for line in nodes:
        head, _, output = line.partition(" -> ")
        kind, *inputs = head.split()
        constants |= {name for name in inputs if name.isupper()}
        made.append(
            SimpleNamespace(op_type=kind, input=inputs, output=[output], name=f"n_{output}")
        )
    names = outputs.split() or [made[-1].output[0]]
    graph = SimpleNamespace(
        node=made,
        initializer=[SimpleNamespace(name=name) for name in sorted(constants)],
        input=[SimpleNamespace(name="x")],
        output=[SimpleNamespace(name=name) for name in names],
    )
    return SimpleNamespace(graph=graph)


def planned(*nodes: str, outputs: str = "", keep: str = "") -> Any:
    return plan_of(model(*nodes, outputs=outputs), lambda name: name in keep.split())


def together(plan: Any) -> set[frozenset[str]]:
    """The tensors of each group."""
    groups: dict[str, set[str]] = {}
    for tensor, group in plan.groups.items():
        groups.setdefault(group, set()).add(tensor)
    return {frozenset(group) for group in groups.values()}


def test_the_branches_of_a_concat_share_a_grid_through_pools_and_other_concats() -> None:
    plan = planned(
        "Conv x A -> a", "Conv x B -> b", "Concat a b -> c",
        "MaxPool c -> p", "Conv c D -> d", "Concat p d -> e",
        "Conv e F -> f", "Conv f G -> g",
    )  # fmt: skip
    assert frozenset("abcpde") in together(plan)
    assert plan.groups["f"] not in {plan.groups["a"], plan.groups["x"]}
    assert "g" not in plan.groups


def test_a_relu_takes_the_grid_to_the_product_and_only_its_own_range_counts() -> None:
    plan = planned("Conv x A -> a", "Relu a -> r", "Conv r B -> b", "Relu b -> s", "Conv s C -> c")
    assert plan.clamps == {"n_r", "n_s"}
    assert plan.groups["a"] == plan.groups["r"]
    assert plan.measured == ("x", "r", "s")


def test_a_relu_of_a_tensor_that_others_read_stays() -> None:
    plan = planned("Conv x A -> a", "Relu a -> r", "Conv r B -> b", "Conv a C -> c", "Add b c -> d",
                   "Conv d E -> e")  # fmt: skip
    assert plan.clamps == frozenset()
    assert plan.groups["a"] != plan.groups["r"]
    assert {"n_a", "n_b", "n_c", "n_d"} <= plan.integer


def test_what_yields_an_output_stays_in_float() -> None:
    plan = planned("Conv x A -> a", "GlobalAveragePool a -> g", "Conv g B -> b", "Squeeze b S -> s")
    assert plan.integer == {"n_a", "n_g"}
    assert set(plan.groups) == {"x", "a", "g"}


def test_a_dense_layer_yields_an_output_from_integers() -> None:
    plan = planned("Conv x A -> a", "Flatten a -> f", "Gemm f B -> g")
    assert plan.integer == {"n_a", "n_g"}
    assert set(plan.groups) == {"x", "a", "f"}


def test_a_concat_that_is_an_output_does_not_keep_its_branches() -> None:
    plan = planned("Conv x A -> a", "Conv x B -> b", "Concat a b -> c")
    assert plan.integer == {"n_a", "n_b"}
    assert frozenset("ab") in together(plan)


def test_a_concat_that_only_functions_and_norms_read_is_not_turned_into_integers_again() -> None:
    before = ("Conv x A -> a", "Conv x B -> b", "Concat a b -> c", "Relu c -> r", "Conv r C -> d")
    plan = planned(*before, "BatchNormalization c S -> n", "Conv n D -> e", "Add d e -> f")
    assert frozenset("ab") in together(plan)
    assert "c" not in plan.groups
    plan = planned(*before, "Conv c D -> e", "Add d e -> f")
    assert frozenset("abc") in together(plan)


def test_a_layer_that_is_told_to_stay_reads_and_yields_what_others_need() -> None:
    plan = planned("Conv x A -> a", "Conv a B -> b", "Conv b C -> c", "Conv c D -> d", keep="n_b")
    assert plan.integer == {"n_a", "n_c"}
    assert set(plan.groups) == {"x", "a", "b", "c"}


def test_arithmetic_computes_in_integers_only_where_they_are() -> None:
    plan = planned("Softplus x -> s", "AveragePool s -> p", "Softplus p -> q")
    assert plan.integer == frozenset()
    assert plan.groups == {}
    plan = planned("Conv x A -> a", "Add a x -> b", "Mul b B -> m", "Add m x -> e", "Conv e D -> d")
    assert "n_b" in plan.integer
    assert "n_e" not in plan.integer


def test_padding_of_zeros_is_on_every_grid() -> None:
    plan = planned("Conv x A -> a", "Pad a P -> p", "MaxPool p -> m", "Conv m B -> b")
    assert frozenset("apm") in together(plan)


def test_no_grid_spans_infinite_padding() -> None:
    plan = planned("Conv x A -> a", "Pad a P V -> p", "MaxPool p -> m", "Conv m B -> b",
                   "Conv b C -> c")  # fmt: skip
    assert "p" not in plan.groups
    assert plan.groups["a"] != plan.groups["m"]
