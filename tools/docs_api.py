"""The page of the Python API, from the docstrings of its public names."""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from docs_markdown import NOTICE, table

import inceptionspec
from inceptionspec import Limits

#: The sections of the page of the Python API: what each has, by its path from the package.
API: Mapping[str, tuple[str, ...]] = {
    "Reading specs": ("load", "loads", "builtin_specs", "Limits"),
    "Networks": ("Network", "Part"),
    "Models from elsewhere": ("import_model", "from_keras", "ImportedModel"),
    "What a network answers with": (
        "NetworkSummary", "NetworkTimes", "NetworkDifference", "MovedNetwork", "OptimizedNetwork",
        "CheckResult",
        "PredictionResult", "EvaluationResult", "ExportedFile", "export.receipt.Receipt",
        "engines.inference.Inference", "backends.onnx.exported.OnnxModel",
    ),
    "Many variants": ("run_sweep", "Swept"),
    "Training": ("train", "resume", "TrainingResult"),
    "Exported files": ("verify", "VerifiedFile"),
    "Runs and exported files on labeled pictures": ("evaluate",),
    "Errors": (
        "SpecError", "SpecSyntaxError", "SpecReferenceError", "ShapeError", "LimitError",
        "ContractError", "WeightsError", "MissingPackageError", "UsageError",
    ),
}  # fmt: skip
_PARTS = ("Args:", "Attributes:", "Raises:")
_WIDEST_SIGNATURE = 88


def api() -> str:
    """The page of the Python API, from the docstrings of its public names."""
    lines = [
        "# Python API",
        "",
        NOTICE,
        "",
        "Importing `inceptionspec` imports nothing else: each name is loaded when it is first",
        "used, and TensorFlow when a model is built. Every object prints itself in at most 40",
        "lines, and a notebook shows it as a table or a picture.",
        "",
        "```pycon",
        ">>> import inceptionspec",
        "```",
        "",
        *table(
            ("name", "what it is for"),
            (
                (f"[`{_last(name)}`](#{_last(name).lower()})", _plain(_first(_public(name))))
                for names in API.values()
                for name in names
            ),
        ),
    ]
    for heading, names in API.items():
        lines += ["", f"## {heading}"]
        for name in names:
            lines += ["", *_api_entry(name)]
    return "\n".join(lines) + "\n"


def _api_entry(name: str) -> Iterator[str]:
    value, short = _public(name), _last(name)
    yield from (f"### {short}", "")
    if name not in dir(inceptionspec):
        yield from (f"From `inceptionspec.{name.rpartition('.')[0]}`.", "")
    if inspect.isfunction(value):
        yield from (*_signature(short, value), "")
    yield from _docstring(value)
    if not inspect.isclass(value):
        return
    for member, found in vars(value).items():
        if member.startswith("_") or member == "of" or not found.__doc__:
            continue
        if inspect.isfunction(found):
            yield from ("", f"#### {short}.{member}", "")
            yield from (*_signature(f"{short}.{member}", found), "")
            yield from _docstring(found)
        elif isinstance(found, (property, cached_property)):
            yield from ("", f"#### {short}.{member}", "")
            yield from _docstring(found)


def _public(name: str) -> Any:
    """A public object by its path from the package."""
    module, _, last = name.rpartition(".")
    return getattr(importlib.import_module(f"inceptionspec.{module}".rstrip(".")), last)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _first(value: Any) -> str:
    return (inspect.getdoc(value) or "").partition("\n\n")[0].replace("\n", " ")


def _signature(name: str, function: Any) -> Iterator[str]:
    """A call with its types, a line for each argument where one line is too short."""
    signature = inspect.signature(function)
    words = []
    keyword_only = False
    for one in signature.parameters.values():
        if one.name == "self":
            continue
        if one.kind is one.KEYWORD_ONLY and not keyword_only:
            words.append("*")
            keyword_only = True
        stars = "**" if one.kind is one.VAR_KEYWORD else ""
        default = "" if one.default is one.empty else f" = {_default(one.default)}"
        words.append(f"{stars}{one.name}: {one.annotation}{default}")
    end = f") -> {signature.return_annotation}"
    line = f"{name}({', '.join(words)}{end}"
    yield "```python"
    if len(line) <= _WIDEST_SIGNATURE:
        yield line
    else:
        yield f"{name}("
        yield from (f"    {word}," for word in words)
        yield end
    yield "```"


def _default(value: Any) -> str:
    return f"{type(value).__name__}()" if isinstance(value, Limits) else repr(value)


def _docstring(value: Any) -> Iterator[str]:
    """A docstring as Markdown: paragraphs, lists of what it names, examples as blocks."""
    for number, paragraph in enumerate((inspect.getdoc(value) or "").split("\n\n")):
        first, _, rest = paragraph.partition("\n")
        if number:
            yield ""
        if first.startswith(">>>"):
            yield from ("```pycon", *paragraph.replace("'''", '"""').split("\n"), "```")
        elif first in _PARTS:
            yield from _named(first, rest)
        else:
            yield from (_plain(line) for line in paragraph.split("\n"))


def _named(title: str, text: str) -> Iterator[str]:
    """What a section of a docstring names, as a list."""
    yield from (title.replace("Args", "Arguments"), "")
    for entry in re.split(r"\n(?=\S)", textwrap.dedent(text)):
        name, _, words = " ".join(entry.split()).partition(": ")
        yield f"- `{name}`: {_plain(words)}"


def _plain(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")
