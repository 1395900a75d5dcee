"""Commands that take recipes as they take specs."""

from __future__ import annotations

import json
from pathlib import Path

from commands import run
from jsonschema import Draft202012Validator

MINE = "recipe: 1\nextends: base.yaml\nname: Mine\nfreeze: [Mixed_5b]\n"
BASE = "recipe: 1\nextends: quick\nname: Base\n"


def test_recipes_are_listed_shown_and_described() -> None:
    listed = run("list", "--recipes")
    assert listed.returncode == 0
    assert "inception_v3_2015" in listed.stdout
    assert max(map(len, listed.stdout.splitlines())) <= 80
    data = json.loads(run("list", "--recipes", "--format", "json").stdout)
    assert {row["name"]: row["extends"] for row in data["recipes"]}["quick"] is None
    assert "recipe: 1\nname: Quick\n" in run("show", "quick").stdout
    schema = json.loads(run("schema", "--recipe").stdout)
    Draft202012Validator.check_schema(schema)
    path = run("schema", "--recipe", "--path").stdout.strip()
    assert json.loads(Path(path).read_text(encoding="utf-8")) == schema


def test_check_tells_recipes_from_specs_by_their_first_key(tmp_path: Path) -> None:
    folder = tmp_path / "recipes"
    folder.mkdir()
    (folder / "mine.yaml").write_text(MINE)
    (folder / "base.yaml").write_text(BASE)
    done = run("check", "recipes/mine.yaml", "inception_v3", "quick", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("recipes/mine.yaml: ok (Mine)\n")
    fits = run("check", "inception_v3", "--recipe", "recipes/mine.yaml", cwd=tmp_path)
    assert fits.returncode == 0, fits.stdout
    misfit = run("check", "vgg16", "--recipe", "recipes/mine.yaml", cwd=tmp_path)
    assert misfit.returncode == 1
    assert "error[E0901]: `Mixed_5b` matches no path of `VGG16`\n" in misfit.stdout
    unknown = run("check", "vgg16", "--recipe", "qick", cwd=tmp_path)
    assert unknown.returncode == 2
    assert "help: did you mean `quick`?" in unknown.stdout


def test_a_recipe_in_place_of_a_spec_is_named_as_one(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BASE)
    done = run("summary", "base.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert "help: this is a recipe, which trains a network: name a spec here" in done.stderr


def test_a_recipe_has_a_layout(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "recipe: 1\nbatch: 8  # few\nname: Mine\nextends: quick\n"
        "augmentation: {mirror: true, crop: {area: [0.5, 1]}}\n"
    )
    assert run("format", "mine.yaml", cwd=tmp_path).returncode == 0
    assert (tmp_path / "mine.yaml").read_text() == (
        "recipe: 1\nextends: quick\nname: Mine\n"
        "batch: 8                                           # few\n"
        "augmentation: {crop: {area: [0.5, 1]}, mirror: true}\n"
    )
    assert run("check", "mine.yaml", cwd=tmp_path).returncode == 0
