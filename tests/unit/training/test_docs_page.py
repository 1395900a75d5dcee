"""The page on training speaks of every recipe and every key."""

from __future__ import annotations

from support import ROOT

from inceptionspec.frontend.language import recipe_forms as forms
from inceptionspec.frontend.reading.spec_files import RECIPES, builtin_names

PAGE = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")


def test_every_recipe_and_key_is_described() -> None:
    assert [name for name in builtin_names(RECIPES) if f"| `{name}` |" not in PAGE] == []
    keys = [*forms.RECIPE.fields, *forms.AUGMENTATION.fields, *forms.LOSS_FORM.fields]
    assert [key for key in keys if f"`{key}" not in PAGE] == []


def test_every_kind_is_described() -> None:
    for choice in (
        forms.OPTIMIZER, forms.SCHEDULE, forms.WEIGHT_DECAY, forms.CLIP, forms.AVERAGING,
    ):  # fmt: skip
        assert [kind for kind in choice.forms if kind not in PAGE] == []
