"""Views of a network that cannot be drawn."""

from __future__ import annotations

import pytest

import inceptionspec
from inceptionspec.api.network import Network
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError
from inceptionspec.drawing.diagram import ByCost, Options, draw


@pytest.fixture(scope="module")
def v3() -> Network:
    return inceptionspec.load("inception_v3")


def _refused(network: Network, options: Options) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        draw(network.graph, options)
    (finding,) = caught.value.findings
    return finding


@pytest.mark.parametrize(
    ("path", "message", "help_"),
    [
        ("Mixed_6x", "`InceptionV3` has no part `Mixed_6x` to draw", "did you mean `Mixed_6e`?"),
        ("aux", "`InceptionV3` has no part `aux` to draw", "name a block, a head, a group"),
        ("<b>", "`InceptionV3` has no part `<b>` to draw", "name a block, a head, a group"),
        ("Mixed_6b/concat", "`Mixed_6b/concat` alone is no picture: it reads 4 layers",
         "draw `Mixed_6b`, which holds them"),
    ],
)  # fmt: skip
def test_a_part_that_is_none(v3: Network, path: str, message: str, help_: str) -> None:
    finding = _refused(v3, Options(only=path))
    assert (finding.code, finding.message) == ("E0806", message)
    assert finding.helps[0].startswith(help_)
    assert finding.primary.span.source.name == f"--only {path}"


@pytest.mark.parametrize("measure", ["macs", "memory"])
def test_an_open_input_has_no_heat(measure: str) -> None:
    network = inceptionspec.load("inception_v3", input="any", head="Logits")
    finding = _refused(network, Options(coloring=ByCost(measure)))  # type: ignore[arg-type]
    assert finding.code == "E0805"
    assert "height and width are open" in finding.message
