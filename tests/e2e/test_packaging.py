"""What is installed: every package, the specs, the schema."""

from __future__ import annotations

import configparser

from support import ROOT


def test_setup_lists_every_package() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split())
    folders = {path.parent for path in (ROOT / "inceptionspec").rglob("*.py")}
    found = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    assert listed == found | {"inceptionspec.specs"}


def test_what_a_spec_needs_travels_along() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    data = config["options.package_data"]
    schemas = {"recipe.schema.json", "spec.schema.json", "sweep.schema.json"}
    assert set(data["inceptionspec"].split()) == {"py.typed", *schemas}
    assert data["inceptionspec.explain"].split() == ["pages/*.md"]
    assert data["inceptionspec.specs"].split() == ["*.yaml", "recipes/*.yaml", "naming/*.yaml"]
    assert (ROOT / "inceptionspec" / "py.typed").exists()
