"""Drafts to the text of a variant, and the proof that it is one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError
from inceptionspec.diagnostics.source import Source, external
from inceptionspec.frontend.expansion.argument_use import arguments_read
from inceptionspec.frontend.formatting.canonical import formatted
from inceptionspec.frontend.language.forms import DELETE
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.settings import DEFAULT_SETTINGS
from inceptionspec.frontend.writing.yaml_writer import value_text
from inceptionspec.moves.draft import Change, Draft, Step
from inceptionspec.moves.keys import keys_for
from inceptionspec.moves.site import Base
from inceptionspec.ops.record import shape_text


class Writer:
    """Writes variants of one base, and reads them again."""

    def __init__(self, base: Base, name: str, extends: str, file: Path | None) -> None:
        self.base = base
        self.name = name
        self.extends = extends
        self.file = file
        self.forgotten: list[str] = []

    def forget_arguments(self, variant: LoadedSpec) -> bool:
        """Note the arguments of the base that nothing reads any more, so that they go, too."""
        base = self.base
        before = arguments_read(base.tree, base.spec.defaults)
        after = arguments_read(variant.tree, variant.spec.defaults)
        self.forgotten = [name for name in base.spec.args if name in before and name not in after]
        return bool(self.forgotten)

    def text(self, drafts: Sequence[Draft]) -> str:
        """The variant in the canonical layout."""
        return formatted(Source("variant", self.draft_text(drafts)))

    def read(self, text: str) -> LoadedSpec | Diagnostic:
        """A variant from its text, or the first finding of what does not fit.

        Every head must yield what it yielded.
        """
        shown = "variant" if self.file is None else str(self.file)
        source = Source(shown, text, self.file)
        try:
            loaded = load_spec(source, DEFAULT_SETTINGS, self.base.loaded.limits)
        except SpecError as error:
            return error.findings[0]
        before = {head.name: self.base.graph.nodes[head.output] for head in self.base.graph.heads}
        for head in loaded.graph.heads:
            old, new = before[head.name].shape, loaded.graph.nodes[head.output].shape
            if old != new:
                shapes = f"{shape_text(new)}, not {shape_text(old)}"
                message = f"the head `{head.name}` would yield {shapes}"
                return Diagnostic("E0952", message, Label(external("the variant")))
        return loaded

    def draft_text(self, drafts: Sequence[Draft]) -> str:
        """The variant before it is laid out."""
        sections: dict[str, Any] = {}
        rows: list[tuple[str, Any]] = []
        for draft in drafts:
            for one in draft.changes:
                _merge(sections, one.sections)
            for alike in _alike(draft.changes):
                lifted = {} if draft.step.at else self.as_defaults(alike)
                _merge(sections, lifted)
                rows += [] if lifted else self.rows(draft, alike)
        lines = [
            "spec: 1",
            f"extends: {value_text(self.extends)}",
            f"name: {value_text(self.name)}",
            f"doc: {value_text(self.doc(drafts))}",
            "sources:",
            *dict.fromkeys(f"  - {value_text(draft.move.source)}" for draft in drafts),
        ]
        lines += [f"{name}: {_written(section)}" for name, section in sections.items()]
        rows += [(f"args.{name}", DELETE) for name in self.forgotten]
        lines += ["override:"] if rows else []
        lines += [f"  {value_text(key)}: {_written(row)}" for key, row in rows]
        return "\n".join(lines) + "\n"

    def doc(self, drafts: Sequence[Draft]) -> str:
        """What the variant is, in a phrase for each move."""
        words = [f"{draft.move.name}{_where(draft.step)} ({draft.move.doc})" for draft in drafts]
        return f"From {self.base.loaded.name} by {', and by '.join(words)}."

    def rows(self, draft: Draft, alike: Sequence[Change]) -> Iterator[tuple[str, Any]]:
        """The keys of places that are changed alike, each with the change."""
        for key in keys_for([one.key for one in alike], self.base.sites, draft.step.at):
            yield key, alike[0].change

    def as_defaults(self, alike: Sequence[Change]) -> dict[str, Any]:
        """The section `defaults` that does what some changes do, where one does.

        That is where they are all layers of an operator that leave these attributes to it.
        """
        change = alike[0].change
        if not isinstance(change, dict) or change.keys() != {"set"} or len(alike) < 2:
            return {}
        given, layers = change["set"], self.base.layers
        if any(one.site.key not in layers for one in alike) or not given.keys().isdisjoint(
            ("op", "name")
        ):
            return {}
        ops = {layers[one.site.key].op for one in alike}
        usual = {
            key
            for key, site in self.base.sites.items()
            if key in layers and layers[key].op in ops and given.keys().isdisjoint(site.node.item)
        }
        if len(ops) != 1 or usual != {one.site.key for one in alike}:
            return {}
        return {"defaults": {ops.pop(): given}}


def _written(data: Any) -> str:
    """Data on one line, small numbers as people write them: `2e-5`."""
    return re.sub(r"(?<=\de-)0(?=\d)", "", value_text(data))


def _alike(changes: Iterable[Change]) -> list[list[Change]]:
    """Changes that say the same together, in the order of the first."""
    found: dict[str, list[Change]] = {}
    for one in changes:
        found.setdefault(json.dumps(one.change), []).append(one)
    return list(found.values())


def _where(step: Step) -> str:
    return f" at {step.at}" if step.at else ""


def _merge(sections: dict[str, Any], given: Mapping[str, Any]) -> None:
    for key, part in given.items():
        if isinstance(part, dict) and isinstance(sections.get(key), dict):
            _merge(sections[key], part)
        else:
            sections[key] = deepcopy(part)
