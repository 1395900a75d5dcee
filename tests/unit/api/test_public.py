"""What the Python API offers: names, parts, results that print themselves, errors to catch."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest
from tags import Tags

import inceptionspec
from inceptionspec import Network, SpecError
from inceptionspec.diagnostics.diagnostic import FAMILIES, finding
from inceptionspec.utils.printed import MOST_LINES, short_text

LARGEST = "inception_resnet_v2"


@cache
def network(name: str = "inception_v3") -> Network:
    return inceptionspec.load(name)


def test_every_public_name_is_there_and_described() -> None:
    for name in dir(inceptionspec):
        value = getattr(inceptionspec, name)
        assert name == "__version__" or value.__doc__, name


def test_type_checkers_see_every_public_name() -> None:
    tree = ast.parse(Path(inceptionspec.__file__).read_text(encoding="utf-8"))
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for alias in node.names
    }
    assert set(inceptionspec.__all__) <= names


def test_every_family_of_errors_is_public() -> None:
    assert {kind.__name__ for kind in FAMILIES.values()} <= set(dir(inceptionspec))


# Reading


def test_a_text_is_read() -> None:
    text = "{spec: 1, extends: inception_v3, name: mine}"
    assert inceptionspec.loads(text, classes=10, head="Logits").name == "mine"
    assert inceptionspec.loads(text, classes=10).graph.nodes[-1].shape == (10,)


def test_a_text_is_never_a_file() -> None:
    with pytest.raises(inceptionspec.SpecSyntaxError):
        inceptionspec.loads("inception_v3")


def test_the_built_in_specs_are_those_that_load_reads() -> None:
    names = inceptionspec.builtin_specs()
    assert "inception_v3" in names
    assert list(names) == sorted(names)


# Costs and parts


def test_the_costs_of_a_network_are_those_of_its_summary() -> None:
    total = network().summary().total
    assert (network().params, network().macs, network().flops) == (
        total.params,
        total.macs,
        total.flops,
    )
    assert network().peak_activation_bytes == network().summary().peak_activation_bytes


def test_open_sizes_have_no_macs() -> None:
    opened = inceptionspec.load("inception_v3", input="any")
    assert opened.macs is opened.flops is opened.peak_activation_bytes is None
    assert opened["Mixed_5b"].macs is None
    assert "MACs" not in str(opened["Mixed_5b"])


def test_a_network_is_a_collection_of_its_layers() -> None:
    layers = list(network())
    assert len(layers) == len(network()) == len(network().graph.nodes)
    assert sum(layer.params for layer in layers) == network().params
    assert [layer.path for layer in layers] == [node.path for node in network().graph.nodes]
    assert layers[1].attributes["kernel"] == (3, 3)


@pytest.mark.parametrize(
    ("path", "kind", "layers", "shape"),
    [
        ("Conv2d_1a_3x3", "conv", 1, (149, 149, 32)),
        ("Mixed_5b", "inception_a", 9, (35, 35, 256)),
        ("Mixed_5b/Branch_1", "branch", 2, (35, 35, 64)),
        ("stem", "group", 7, (35, 35, 192)),
        ("AuxLogits", "head", 5, (1000,)),
        ("Predictions", "softmax", 1, (1000,)),
        ("PreLogits", "dropout", 1, (1, 1, 2048)),
    ],
)
def test_a_part_by_its_path(path: str, kind: str, layers: int, shape: tuple[int, ...]) -> None:
    part = network()[path]
    assert (part.kind, part.layers, part.shape) == (kind, layers, shape)
    assert path in network()


@pytest.mark.parametrize("name", ["inception_v3", LARGEST, "mobilenet_v2", "resnet50"])
def test_parts_are_the_rows_of_the_summary(name: str) -> None:
    summary = network(name).summary()
    for block in summary.blocks:
        part = network(name)[block.path]
        assert (part.layers, part.shape) == (block.layers, block.output_shape)
        assert (part.params, part.macs) == (block.cost.params, block.cost.macs)
    for head in summary.heads:
        assert network(name)[head.name].params == head.cost.params


def test_every_name_that_tab_completes_is_a_part() -> None:
    for name in network()._ipython_key_completions_():
        assert network()[name].layers >= 1


def test_a_part_that_is_not_there_is_a_finding() -> None:
    with pytest.raises(SpecError, match="did you mean `Mixed_5b`"):
        network()["Mixd_5b"]
    assert "Mixd_5b" not in network()
    assert 3 not in network()


# Checking

BROKEN = "{spec: 1, extends: inception_v3, name: v, budget: {macs: '<= 5e9'}}"
UNUSED = "{spec: 1, extends: inception_v3, name: v, args: {n: 3}}"


def test_a_check_has_the_findings_of_the_command() -> None:
    assert not network().check()
    assert [one.code for one in inceptionspec.loads(BROKEN).check()] == ["E0603"]
    warned = inceptionspec.loads(UNUSED).check()
    assert [one.code for one in warned.warnings] == ["W0101"]
    assert not warned.errors
    assert str(warned).startswith("warning[W0101]: ")
    assert str(warned).endswith("1 warning")


def test_errors_can_be_raised_and_warnings_are_none() -> None:
    with pytest.raises(inceptionspec.ContractError, match="budget"):
        inceptionspec.loads(BROKEN).check().raise_errors()
    inceptionspec.loads(UNUSED).check().raise_errors()


def test_contracts_are_not_tested_under_other_settings_and_it_says_so() -> None:
    result = inceptionspec.load("inception_v3", input=150).check()
    assert "note: contracts hold for the spec's own settings" in str(result)


# Printing


@cache
def results() -> dict[str, object]:
    """An object of each public kind, and whatever a user reaches from them."""
    one = network(LARGEST)
    summary, optimized = one.summary(), one.optimize()
    difference = one.diff(network())
    broken = inceptionspec.loads(BROKEN).check()
    return {
        "network": one,
        "summary": summary,
        "a row": summary.layers[40],
        "a block's row": summary.blocks[10],
        "a head's row": summary.heads[0],
        "a layer": next(iter(one)),
        "a part": one["Repeat_1"],
        "difference": difference,
        "a change": difference.changed[0],
        "optimized": optimized,
        "a step": optimized.steps[-1],
        "what was left": optimized.skipped[-1],
        "costs": optimized.before,
        "check": one.check(),
        "broken": broken,
        "finding": broken.findings[0],
        "graph": one.graph,
        "node": one.graph.nodes[300],
        "spec": one.spec,
        "source": one.source,
        "settings": one.settings,
        "loaded": one.loaded,
        "flat": one.loaded.flat,
        "tree": one.loaded.tree,
        "limits": inceptionspec.Limits(),
        "digests": one.digests,
        "error": SpecError([finding("E0801", "m" * 5000, "place")] * 1000),
    }


@pytest.mark.parametrize("name", results())
def test_every_object_prints_itself_in_a_few_lines(name: str) -> None:
    shown = results()[name]
    assert len(repr(shown)) <= 4000
    assert "object at 0x" not in repr(shown)
    if not isinstance(shown, SpecError):
        assert str(shown).count("\n") < MOST_LINES
        assert len(str(shown)) <= 4000


@pytest.mark.parametrize(
    "name", ["summary", "a part", "difference", "optimized", "check", "broken"]
)
def test_notebooks_show_it_in_the_colors_of_their_theme(name: str) -> None:
    shown: Any = results()[name]
    tags = Tags.of(shown._repr_html_())
    assert tags & {"pre", "table"}
    assert "script" not in tags
    assert "color: #" not in shown._repr_html_()
    assert "background: #" not in shown._repr_html_()


def test_texts_are_those_of_the_commands() -> None:
    one = network(LARGEST)
    assert str(one.summary()) == one.summary().to_text().rstrip("\n")
    assert "Repeat_1/block17_1/Branch_0/Conv2d_1x1" in one.summary().to_text(depth=None)
    same = network().diff(network())
    assert "the same network" in str(same)
    assert "\nTotal " in str(one.diff(network()))
    ten = inceptionspec.load("inception_v3", classes=10)
    assert "Parameters by part" in str(network().diff(ten))
    assert "peak bytes" in str(network().optimize())
    assert "(line " in network().optimize().to_text(explain=True)


def test_a_long_text_loses_its_middle_and_says_so() -> None:
    lines = [f"line {number}" for number in range(100)]
    short = short_text("\n".join(lines) + "\n").split("\n")
    assert len(short) == MOST_LINES
    assert short[0] == "line 0"
    assert short[-1] == "line 99"
    assert "... 61 more lines: `to_text()` has all ..." in short
    assert short_text("\n".join(lines[:40])) == "\n".join(lines[:40])


# Examples

PUBLIC = (
    "inceptionspec.analysis.part",
    "inceptionspec.diagnostics.diagnostic",
    "inceptionspec.diagnostics.limits",
    "inceptionspec.api.evaluation",
    "inceptionspec.api.imports",
    "inceptionspec.api.load",
    "inceptionspec.api.network",
    "inceptionspec.api.sweep",
    "inceptionspec.api.training",
    "inceptionspec.api.verify",
    "inceptionspec.reports.results",
    "inceptionspec.training.train",
)
#: Examples that start a process or need a framework: the tests of `docs/api.md` run them.
HEAVY = (
    "layer_times", "NetworkTimes", "NetworkTimes.sum",
    "plot", "render", "save_diagram", "to_inference", "to_keras", "to_onnx", "to_svg",
    "WeightsError", "Network.predict", "PredictionResult", "PredictionResult.to_text",
    "training.train",
    "Network.evaluate", "evaluation.evaluate", "EvaluationResult", "EvaluationResult.to_text",
    "EvaluationResult.save_confusion",
    "from_keras", "ImportedModel", "ImportedModel.arrays", "ImportedModel.save",
    "ImportedModel.to_text",
    "Network.export", "verify", "ExportedFile", "ExportedFile.to_text", "VerifiedFile",
    "VerifiedFile.to_text", "VerifiedFile.raise_errors",
)  # fmt: skip


def docstring_tests() -> Iterator[doctest.DocTest]:
    for name in PUBLIC:
        module = importlib.import_module(name)
        for test in doctest.DocTestFinder().find(module, globs={"inceptionspec": inceptionspec}):
            if test.examples and not test.name.endswith(HEAVY):
                yield test


@pytest.mark.parametrize("test", list(docstring_tests()), ids=lambda test: test.name)
def test_the_example_of_a_docstring(
    test: doctest.DocTest, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False).run(test, out=said.append)
    assert not said, "".join(said)


def members_of(value: Any) -> Iterator[tuple[str, Any]]:
    """A public name itself, and the methods and properties of a class."""
    yield "", value
    for name, member in vars(value).items() if inspect.isclass(value) else ():
        described = inspect.isfunction(member) or isinstance(member, (property, cached_property))
        if described and not name.startswith("_") and name != "of":
            yield name, member


def test_every_public_method_has_an_example() -> None:
    missing = [
        f"{name}.{member}"
        for name in set(dir(inceptionspec)) - {"__version__"}
        for member, value in members_of(getattr(inceptionspec, name))
        if ">>>" not in (value.__doc__ or "")
    ]
    assert not missing
