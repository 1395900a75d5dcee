"""The networks that a sweep varies: read once, and sent to other processes as texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.expansion.chain import read_chain
from inceptionspec.frontend.expansion.changes import is_call
from inceptionspec.frontend.expansion.inheritance import inherit_chain
from inceptionspec.frontend.expansion.tree import Scope, walk
from inceptionspec.frontend.language.checker import check
from inceptionspec.frontend.load import LoadedSpec, load_inherited
from inceptionspec.frontend.reading.document import Map
from inceptionspec.frontend.reading.spec_files import open_spec
from inceptionspec.frontend.reading.yaml_reader import read_one
from inceptionspec.sweep.records import Refusal


class BaseTexts(NamedTuple):
    """A base as texts: it needs no file any more.

    Attributes:
        spec: how the user named it.
        name: what it calls itself.
        files: the name and the text of each file of its chain, its own first.
        move: the moves that made it of what the user named; its own text is theirs.
        refusal: why they make nothing; ``files`` are those of what the user named.
    """

    spec: str
    name: str
    files: tuple[tuple[str, str], ...]
    move: str = ""
    refusal: Refusal | None = None


@dataclass(frozen=True)
class OpenBase:
    """A base that was read.

    Attributes:
        texts: it, as texts.
        loaded: what the user named, linked as it is.
        calls: the arguments that each call takes, by path.
        repeats: the paths of what is repeated.
    """

    texts: BaseTexts
    loaded: LoadedSpec
    calls: Mapping[str, frozenset[str]]
    repeats: tuple[str, ...]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments of the spec."""
        spec = self.loaded.spec
        return tuple(name for name in spec.args if name not in spec.deleted_args)


def open_base_spec(spec: str, source: Source | None = None) -> OpenBase:
    """Read a base.

    Args:
        spec: a built-in name, or a path.
        source: its text, if that was read.

    Raises:
        SpecError: it cannot be read, or does not link.
    """
    source = source or open_spec(spec)
    chain = read_chain(source, DEFAULT_LIMITS, check)
    loaded = load_inherited(source, inherit_chain(chain))
    calls, repeats = calls_of(loaded)
    sources = [document.span.source for document in chain]
    files = tuple((one.name, one.text or "") for one in sources)
    return OpenBase(BaseTexts(spec, loaded.name, files), loaded, calls, repeats)


def calls_of(loaded: LoadedSpec) -> tuple[Mapping[str, frozenset[str]], tuple[str, ...]]:
    """The arguments that each call of a network takes, by path; and the paths of repeats."""
    calls: dict[str, frozenset[str]] = {}
    repeats = []
    for path, node, _ in walk(loaded.tree):
        if isinstance(node, Scope) and is_call(node):
            definition = loaded.spec.blocks[node.item["block"]][0]
            calls[path] = frozenset(definition.get("args", ()))
            if node.kind == "repeat":
                repeats.append(path)
    return calls, tuple(repeats)


def chain_of(base: BaseTexts) -> tuple[Map, ...]:
    """The documents of a base, the file that was asked for first.

    Raises:
        SpecError: a text is no spec.
    """
    chain: list[Map] = []
    events = 0
    for name, text in base.files:
        document, events = read_one(Source(name, text), DEFAULT_LIMITS, events)
        findings = check(document, DEFAULT_LIMITS)
        if findings:
            raise SpecError(findings)
        chain.append(document)
    return tuple(chain)
