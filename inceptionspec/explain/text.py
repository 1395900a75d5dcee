"""Pages on codes to text and to JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from inceptionspec.diagnostics.codes import CODES
from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.explain import FAMILIES, Example, Page, family
from inceptionspec.reports.findings.full import full
from inceptionspec.reports.findings.json import to_json as findings_to_json
from inceptionspec.utils.ansi import Paint, plain

SCHEMA = "inceptionspec.explain/1"
_MARGIN = "    "


def page_text(
    page: Page, findings: Sequence[Diagnostic], width: int = 80, paint: Paint = plain
) -> str:
    """A page for a terminal, with the findings that its failing example has."""
    parts = [paint(f"{page.code}: {CODES[page.code].title}", "bold")]
    parts += [_wrapped(paragraph, width) for paragraph in page.paragraphs]
    parts.append("This fails:" if page.bad.runs else "A command that can fail with it:")
    parts += _example(page.bad)
    if findings:
        parts[-1] += "\n" + _indented(full(findings, paint=paint).rstrip("\n"))
    if page.good is not None:
        parts.append("This passes:")
        parts += _example(page.good, shows_command=page.good.worth_showing)
    return "\n\n".join(parts) + "\n"


def list_text(of: str = "") -> str:
    """Every code with its title, family by family, or those of one family."""
    lines = []
    for start, about in FAMILIES.items():
        if not start.startswith(of):
            continue
        lines += ["", f"{start}  {about}"]
        lines += [f"  {code}  {row.title}" for code, row in CODES.items() if code.startswith(start)]
    lines += ["", "`specbuild explain E0402` explains one of them."]
    return "\n".join(lines[1:]) + "\n"


def page_json(page: Page, findings: Sequence[Diagnostic]) -> str:
    """A page as `inceptionspec.explain/1`, keys sorted."""
    found = json.loads(findings_to_json(findings))["findings"]
    return _dumped(
        {
            **_row(page.code),
            "text": list(page.paragraphs),
            "bad": {**_example_data(page.bad), "findings": found},
            "good": None if page.good is None else _example_data(page.good),
        }
    )


def list_json(of: str = "") -> str:
    """Every code, or those of one family, as `inceptionspec.explain/1`, keys sorted."""
    return _dumped({"codes": [_row(code) for code in CODES if code.startswith(of)]})


def _example(example: Example, *, shows_command: bool = True) -> Iterator[str]:
    """The files, each under its name if there are several, and the command if it says more."""
    for name, text in example.files.items():
        title = f"{name}:\n" if len(example.files) > 1 else ""
        yield title + _indented(text.rstrip("\n"))
    if shows_command:
        yield _indented(f"$ {example.command}")


def _indented(text: str) -> str:
    return textwrap.indent(text, _MARGIN)


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


def _row(code: str) -> dict[str, Any]:
    row = CODES[code]
    level = "warning" if code.startswith("W") else "error"
    about = family(code)
    return {"code": code, "title": row.title, "family": about, "level": level, "exit": row.exit}


def _example_data(example: Example) -> dict[str, Any]:
    return {"command": example.command, "files": dict(example.files), "runs": example.runs}


def _dumped(document: dict[str, Any]) -> str:
    return json.dumps({"schema": SCHEMA, **document}, indent=2, sort_keys=True) + "\n"
