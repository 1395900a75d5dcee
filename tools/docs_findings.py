"""The page of the findings, from what `specbuild explain` says of each code."""

from __future__ import annotations

from collections.abc import Iterator

from docs_markdown import NOTICE, anchor, fenced, prose, table

from inceptionspec.cli.examples import findings_of
from inceptionspec.diagnostics.codes import CODES
from inceptionspec.explain import FAMILIES, Example, page
from inceptionspec.reports.findings.full import full


def findings() -> str:
    """The page of all codes: what each means, an example that has it, one that has not."""
    lines = [
        "# Findings",
        "",
        NOTICE,
        "",
        "Every finding has a code. This page has what `specbuild explain CODE` says about each.",
        "After each example that fails is what the command prints.",
        "",
        *table(("codes", "what they are about"),
               ((f"[{start}](#{anchor(_heading(start, about))})", about)
                for start, about in FAMILIES.items())),
    ]  # fmt: skip
    for start, about in FAMILIES.items():
        lines += ["", f"## {_heading(start, about)}"]
        for code in CODES:
            if code.startswith(start):
                lines += ["", *_finding(code)]
    return "\n".join(lines) + "\n"


def _heading(start: str, about: str) -> str:
    return f"{start} {about}"


def _finding(code: str) -> Iterator[str]:
    one = page(code)
    yield f"### {code} {CODES[code].title}"
    for paragraph in one.paragraphs:
        yield from ("", prose(paragraph))
    yield from ("", "This fails:" if one.bad.runs else "It is met where this fails:", "")
    yield from _shown(one.bad)
    if one.good is not None:
        yield from ("", "This passes:", "")
        yield from _shown(one.good, shows_command=one.good.worth_showing)


def _shown(example: Example, *, shows_command: bool = True) -> Iterator[str]:
    """Files of an example, its command if that says more, and what the command finds."""
    for number, (name, text) in enumerate(example.files.items()):
        if len(example.files) > 1:
            yield from (f"`{name}`:", "")
        yield from fenced(text.rstrip("\n"))
        if shows_command or number + 1 < len(example.files):
            yield ""
    if not shows_command:
        return
    found = full(findings_of(example)).rstrip("\n")
    yield from ("```text", f"$ {example.command}", *([found] if found else ()), "```")
