"""What many tests need: small specs, their findings, and programs that may be missing."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pytest

import inceptionspec
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Node
from inceptionspec.reports.findings.full import full

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "corpus"
REFERENCE = CORPUS / "reference"


def spec(network: str, *, size: str = "16x16", channels: int = 3, rest: str = "") -> str:
    """The text of a spec around some layers, each a line of YAML."""
    lines = "\n".join(f"  {line}" for line in network.strip("\n").split("\n"))
    return (
        f"spec: 1\nname: t\ninput: {{size: {size}, channels: {channels}}}\n"
        f"{rest}\nnetwork:\n{lines}\n"
    )


def findings(text: str, **settings: object) -> tuple[Diagnostic, ...]:
    """The findings of a spec that is expected to have some."""
    with pytest.raises(SpecError) as caught:
        inceptionspec.load(text, **settings)  # type: ignore[arg-type]
    return caught.value.findings


def codes(text: str, **settings: object) -> list[str]:
    """The codes of a spec's findings, in file order."""
    return [finding.code for finding in findings(text, **settings)]


def rendered(text: str, **settings: object) -> str:
    """A spec's findings as a person sees them."""
    return full(findings(text, **settings))


def loaded(reference: str, **settings: object) -> LoadedSpec:
    """What the front end makes of a spec: what every room below the facade takes."""
    return inceptionspec.load(reference, **settings).loaded  # type: ignore[arg-type]


def nodes(text: str, **settings: object) -> dict[str, Node]:
    """The nodes of a spec by path."""
    graph = inceptionspec.load(text, **settings).graph  # type: ignore[arg-type]
    return {node.path: node for node in graph.nodes}


def require_program(name: str) -> str:
    """The path of a program; skips the test without it, or fails where none may be skipped."""
    found = shutil.which(name)
    if found is None:
        do_without(name)
    return found


def do_without(name: str) -> NoReturn:
    """Skip a test whose program is not there, or fail where none may be skipped."""
    if os.environ.get("SPECBUILD_TESTS_REQUIRE_PROGRAMS"):
        pytest.fail(f"`{name}` is not installed, and no test may be skipped here")
    pytest.skip(f"`{name}` is not installed")


def script(name: str) -> ModuleType:
    """A script of `tools/` as a module, which no package holds."""
    at = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert at is not None
    assert at.loader is not None
    module = importlib.util.module_from_spec(at)
    at.loader.exec_module(module)
    return module
