"""The formats of findings: a row each, and a file each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from inceptionspec.diagnostics import Diagnostic
from inceptionspec.outputs.findings_concise import concise
from inceptionspec.outputs.findings_full import full
from inceptionspec.outputs.findings_github import github
from inceptionspec.outputs.findings_json import to_json
from inceptionspec.outputs.paint import Paint

Findings = Sequence[Diagnostic]
Notes = Sequence[str]

#: Formats that people read, which stop at twenty findings and may be coloured.
TEXTS: Mapping[str, Callable[[Findings, Notes, Paint], str]] = MappingProxyType(
    {"full": full, "concise": concise}
)
#: Formats that programs read, which hold everything, and whether everything was looked at.
DATA: Mapping[str, Callable[[Findings, Notes, bool], str]] = MappingProxyType(
    {"json": to_json, "github": github}
)
#: All names that `--format` takes.
FORMATS = (*TEXTS, *DATA)
