"""Which weights training starts from."""

from __future__ import annotations

from pathlib import Path

import pytest

import inceptionspec
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.training.initial_weights import initial_file, initial_weights
from inceptionspec.training.recipes.load import load_recipe
from inceptionspec.weights.initial import initial_value
from inceptionspec.weights.writers import write_safetensors

TEXT = "recipe: 1\nextends: fine_tune\nname: Mine\ninitial_weights: {{from: {0}, new: heads}}\n"


def test_a_file_is_named_from_the_folder_of_the_recipe_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "base.yaml").write_text(TEXT.format("../w.safetensors"))
    variant = "recipe: 1\nextends: below/base.yaml\nname: Variant\nbatch: 8\n"
    (tmp_path / "variant.yaml").write_text(variant)
    for name in ("below/base.yaml", "variant.yaml"):
        found = initial_file(load_recipe(str(tmp_path / name)))
        assert Path(found).resolve() == (tmp_path / "w.safetensors").resolve()
    (tmp_path / "absolute.yaml").write_text(TEXT.format("/models/w.safetensors"))
    assert initial_file(load_recipe(str(tmp_path / "absolute.yaml"))) == "/models/w.safetensors"


def test_a_recipe_may_name_none_or_want_one() -> None:
    assert initial_file(load_recipe("quick")) == ""
    with pytest.raises(SpecError, match="starts from weights that are given") as caught:
        initial_file(load_recipe("fine_tune"))
    (found,) = caught.value.findings
    assert found.code == "E0810"
    assert found.primary.span.line > 1


def test_layers_that_start_anew_need_no_weights_that_fit(tmp_path: Path) -> None:
    """The head of the file tells 1000 classes apart, that of the network 5."""
    graph = inceptionspec.load("inception_v1", width=0.1).graph
    arrays = {
        (node.path, weight.name): initial_value(node, weight, 0)
        for node in graph.nodes
        for weight in node.weights
    }
    file = str(tmp_path / "w.safetensors")
    write_safetensors(file, arrays, {})
    loaded = inceptionspec.load("inception_v1", width=0.1, classes=5).loaded
    found = initial_weights(load_recipe("fine_tune"), loaded, file).arrays
    stem = "Conv2d_1a_7x7", "kernel"
    assert (found[stem] == arrays[stem]).all()
    assert found["Logits/Conv2d_0c_1x1", "kernel"].shape[-1] == 5
    with pytest.raises(SpecError, match="1,000 classes"):
        initial_weights(load_recipe("quick"), loaded, file)
