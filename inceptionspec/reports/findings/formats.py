"""The formats of findings: a row each, and a file each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.reports.findings.concise import concise
from inceptionspec.reports.findings.full import full
from inceptionspec.reports.findings.github import github
from inceptionspec.reports.findings.json import to_json
from inceptionspec.utils.ansi import Paint

Findings = Sequence[Diagnostic]
Notes = Sequence[str]

#: Formats that people read, which stop at twenty findings and may be colored.
TEXTS: Mapping[str, Callable[[Findings, Notes, Paint], str]] = MappingProxyType(
    {"full": full, "concise": concise}
)
#: Formats that programs read, which hold everything, and whether everything was looked at.
DATA: Mapping[str, Callable[[Findings, Notes, bool], str]] = MappingProxyType(
    {"json": to_json, "github": github}
)
#: All names that `--format` takes.
FORMATS = (*TEXTS, *DATA)
