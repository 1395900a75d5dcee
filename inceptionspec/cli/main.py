"""The entry point of `specbuild`: it settles signals and streams, then runs the command line.

It imports nothing at first: a signal that comes during an import ends in a traceback, unless
it was settled before.
"""

from __future__ import annotations

import os
import sys


def main(arguments: list[str] | None = None) -> None:
    """Run a command line and leave with its exit code, whatever comes in between."""
    _end_at_once()
    from contextlib import suppress

    from inceptionspec.cli.program import run
    from inceptionspec.cli.terminal import prepare_streams
    from inceptionspec.diagnostics.codes import EXIT_INTERRUPTED
    from inceptionspec.utils import interrupts

    prepare_streams()
    try:
        interrupts.end_cleanly()
        code = run(arguments)
    except KeyboardInterrupt:  # a second Ctrl-C, while the first was answered
        code = EXIT_INTERRUPTED
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        interrupts.ignore()
    with suppress(Exception):  # what is still unsaid after a failure that was reported
        sys.stdout.flush()
    sys.exit(code)


def _end_at_once() -> None:
    """Let a signal end the process, until the command has something to clean up."""
    import _signal as signal  # type: ignore[import-not-found] # `signal` imports enums first

    def end(number: int, frame: object) -> None:
        os._exit(128 + number)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, end)
