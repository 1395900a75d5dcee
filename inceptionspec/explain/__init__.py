"""A page for each code: what the finding means, an example that fails, and one that passes.

Pages are the files in ``pages``, one for each row of ``diagnostics.CODES``. A page is prose
and fenced blocks; the words after the fence say what a block is:

- ``yaml bad``, ``yaml good``: the spec that fails, and the one that passes;
- ``yaml bad NAME``, ``yaml good NAME``: another file that it needs;
- ``console bad``, ``console good``: the command to run, if ``specbuild check`` on the spec is
  not enough;
- ``console``: a command that fails only on some machines, so it is not run.

Of the commands that pass, only ``check`` is run: others would write files.

No page holds the text of its example's finding: it is computed when the page is shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

#: What the codes with this prefix are about.
FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "E01": "text and YAML",
        "E02": "the form of a spec",
        "E03": "names and references",
        "E04": "shapes",
        "E05": "limits",
        "E06": "contracts and budgets",
        "E07": "backends and weights",
        "E08": "files and options",
        "E09": "training and design",
        "W01": "warnings",
        "W02": "warnings about weights",
    }
)
PAGES = Path(__file__).parent / "pages"
_FENCE = re.compile(r"^```([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    """A command and the files that it reads, by name; none is a file of the user.

    ``runs`` is whether the command has the same result everywhere and writes nothing.
    """

    command: str
    files: Mapping[str, str]
    runs: bool = True

    @property
    def worth_showing(self) -> bool:
        """Whether the command does more than check the first file."""
        return self.command != f"specbuild check {next(iter(self.files), '')}"


class Page(NamedTuple):
    """The page of a code. Its title is in the table of codes."""

    code: str
    paragraphs: tuple[str, ...]
    bad: Example
    good: Example | None


def family(code: str) -> str:
    """What the family of a code is about."""
    return FAMILIES[code[:3]]


def page(code: str) -> Page:
    """The page of a code that is in the table of codes."""
    return parse(code, (PAGES / f"{code}.md").read_text(encoding="utf-8"))


def parse(code: str, text: str) -> Page:
    """A page from its text.

    Raises:
        ValueError: a block is of an unknown kind, or there is no example that fails.
    """
    files: dict[str, dict[str, str]] = {"bad": {}, "good": {}}
    commands: dict[str, str] = {}
    for info, body in _FENCE.findall(text):
        kind, _, rest = info.partition(" ")
        which, _, name = rest.partition(" ")
        if kind == "yaml" and which in files:
            files[which][name or f"{code}.yaml"] = body
        elif kind == "console" and which in (*files, ""):
            commands[which] = body.strip().removeprefix("$ ")
        else:
            raise ValueError(f"the page of {code} has a block of an unknown kind: {info}")
    prose = _FENCE.sub("", text).split("\n\n")
    paragraphs = tuple(" ".join(part.split()) for part in prose if part.strip())
    bad = _example(code, files["bad"], commands.get("bad"))
    if "" in commands:
        bad = Example(commands[""], {}, runs=False)
    if bad is None:
        raise ValueError(f"the page of {code} shows nothing that fails")
    good = _example(code, files["good"], commands.get("good"))
    if good is not None and not good.command.startswith("specbuild check "):
        good = good._replace(runs=False)
    return Page(code, paragraphs, bad, good)


def _example(code: str, files: Mapping[str, str], command: str | None) -> Example | None:
    if command is None and not files:
        return None
    return Example(command or f"specbuild check {code}.yaml", files)
