"""What overrides need of the expander."""

from __future__ import annotations

from typing import Protocol

from inceptionspec.diagnostics.diagnostic import Findings
from inceptionspec.diagnostics.limits import Limits
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.expansion.spec import Spec
from inceptionspec.frontend.expansion.tree import Layer, Scope
from inceptionspec.frontend.language.arguments import Environment
from inceptionspec.frontend.reading.document import Map, Seq


class ExpansionContext(Protocol):
    """Expands what an override puts into a tree, and collects findings.

    Definitions of blocks can have overrides, so the expander applies overrides, and overrides
    use the expander. This is the part of `expander.Expander` that overrides use.
    """

    spec: Spec
    limits: Limits
    findings: Findings

    def items(
        self, items: Seq, env: Environment, group: str | None, into: Scope
    ) -> list[Layer | Scope]:
        """A list of entries of a scope, expanded."""
        ...

    def head(self, name: str, item: Map) -> Scope:
        """A head, whose name is a scope of its own."""
        ...

    def call(self, item: Map, env: Environment, group: str | None) -> Scope | None:
        """A call of a block, or as many as ``repeat`` says."""
        ...

    def wrapped(
        self, nodes: list[Layer | Scope], given: Map, env: Environment, group: str | None
    ) -> Scope:
        """Nodes with something around them: a residual connection, layers or branches."""
        ...

    def substitute(self, value: Map, env: Environment, only: str | None = None) -> Map:
        """A mapping with the arguments put in."""
        ...

    def work(self, steps: int, span: Span) -> None:
        """Count work that makes no layer but takes time."""
        ...

    def refuse_deep(self, scope: Scope, span: Span) -> None:
        """Refuse parts that overrides have nested too deep."""
        ...
