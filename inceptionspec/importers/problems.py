"""What keeps a foreign model from becoming a spec, collected so that all is said at once."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.diagnostics.source import Span

_NAMED = 3
_LONGEST_NAME = 60
_MOST = 100


class RefusedError(Exception):
    """Something in a foreign model has no counterpart in a spec.

    Attributes:
        code: that of the finding.
        reason: what it is; layers with one reason are told together.
        helps: what to do.
    """

    def __init__(self, code: str, reason: str, *helps: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.helps = helps


class Problems:
    """The reasons why a model cannot be imported, each with the layers that it is true of."""

    def __init__(self, place: Span) -> None:
        self._place = place
        self._found: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, refused: RefusedError, *layers: str) -> None:
        """Note one, and the layers that it is about."""
        self._found.setdefault((refused.code, refused.reason, refused.helps), []).extend(layers)

    def stopped(self, refused: RefusedError, *layers: str) -> SpecError:
        """The error after which nothing else can be said, with all that was found before."""
        self.add(refused, *layers)
        return self._error()

    def raise_if_any(self) -> None:
        """Raise what was found.

        Raises:
            SpecError: something was.
        """
        if self._found:
            raise self._error()

    def _error(self) -> SpecError:
        findings = [self._finding(*reason) for reason in list(self._found)[:_MOST]]
        return SpecError(findings, complete=len(self._found) <= _MOST)

    def _finding(self, code: str, reason: str, helps: tuple[str, ...]) -> Diagnostic:
        layers = self._found[code, reason, helps]
        where = f": {named(layers)}" if layers else ""
        return finding(code, sanitize(shortened(reason, 300)) + where, self._place, *helps)


def named(layers: Sequence[str]) -> str:
    """The first layers by name, and how many more there are."""
    names = ", ".join(f"`{sanitize(shortened(name, _LONGEST_NAME))}`" for name in layers[:_NAMED])
    more = len(layers) - _NAMED
    return f"{names} and {more:,} more" if more > 0 else names
