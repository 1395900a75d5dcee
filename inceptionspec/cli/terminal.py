"""What a command prints: standard streams that never end in a traceback, color, findings."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from inceptionspec.utils.ansi import Paint, colored, plain

if TYPE_CHECKING:
    from inceptionspec.diagnostics.diagnostic import Diagnostic


def echo(text: str = "", *, err: bool = False, nl: bool = True) -> None:
    """Print a text on standard output, or on standard error."""
    stream = sys.stderr if err else sys.stdout
    stream.write(f"{text}\n" if nl else text)
    stream.flush()


def paint_for(stream: object) -> Paint:
    """Color for a terminal, unless `NO_COLOR` is set."""
    is_terminal = getattr(stream, "isatty", lambda: False)()
    return colored if is_terminal and not os.environ.get("NO_COLOR") else plain


def show_findings(findings: Sequence[Diagnostic]) -> None:
    """Print findings for a person on standard error."""
    from inceptionspec.reports.findings.full import full

    echo(full(findings, paint=paint_for(sys.stderr)), err=True, nl=False)


def prepare_streams() -> None:
    """Make the standard streams safe to write to.

    What their encoding cannot show is escaped. When the reader of a pipe has gone, the rest is
    dropped, and the command ends as it would have. Standard output that cannot be written for
    another reason raises ``SpecError`` (E0803) once. What cannot be written to standard error
    is dropped.
    """
    _open_closed_descriptors()
    sys.stdout = _safe(sys.stdout, 1, _Output)
    sys.stderr = _safe(sys.stderr, 2, _Lossy)


class _Lossy(io.FileIO):
    """A stream that drops everything after the first failure to write."""

    lost = False

    def write(self, data: Any, /) -> int:
        """Write some bytes, or drop them."""
        if not self.lost:
            try:
                return super().write(data) or 0
            except OSError as error:
                self.lost = True
                self.report(error)
        return len(data)

    def report(self, error: OSError) -> None:
        """Report the first failure."""


class _Output(_Lossy):
    """Standard output, whose failure is a finding unless its reader has gone."""

    def report(self, error: OSError) -> None:
        """Raise the finding."""
        if not isinstance(error, BrokenPipeError):
            from inceptionspec.diagnostics.diagnostic import spec_error

            reason = (error.strerror or str(error)).lower()
            message = f"standard output cannot be written: {reason}"
            raise spec_error("E0803", message, "standard output") from None


def _safe(stream: Any, number: int, kind: type[_Lossy]) -> Any:
    """A stream like the one that Python opened, of our kind."""
    if stream is None:
        raw, encoding, lines = None, "utf-8", False
    else:
        buffer = getattr(stream, "buffer", None)
        raw, encoding = getattr(buffer, "raw", buffer), stream.encoding
        lines = stream.line_buffering or stream.write_through
    if raw is not None and type(raw) is not io.FileIO:  # the console of Windows
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
        return stream
    opened = kind(number, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(opened), encoding, errors="backslashreplace", line_buffering=lines
    )


def _open_closed_descriptors() -> None:
    """Give descriptors that were closed from outside back to their streams.

    Else the next file that is opened would get the number, and what is printed. Each is opened
    the wrong way round, so that using it fails as using a closed one does.
    """
    for number, mode in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # takes the lowest free number, which is this one
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - it lives as long as the process
