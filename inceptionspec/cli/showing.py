"""What the commands share that show pictures to networks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from inceptionspec.cli.terminal import echo, show_findings
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import external

if TYPE_CHECKING:
    from inceptionspec.weights.load import LoadedWeights


def freeze_weights() -> None:
    """Tell TensorFlow that no weight of this process changes, which saves copies of kernels."""
    from inceptionspec.backends.engines import FROZEN

    os.environ.setdefault(FROZEN, "1")


def tell(found: LoadedWeights) -> None:
    """Say what reading weights made noteworthy."""
    from inceptionspec.prediction.from_spec import doubts, started_fresh

    for text in (*found.notes, *started_fresh(found)):
        echo(f"note: {sanitize(text)}", err=True)
    if doubts(found):
        show_findings(doubts(found))


def write(text: str, output: str | None) -> None:
    """Print a result, or write it where `-o` says."""
    if output is None:
        echo(text, nl=False)
        return
    from inceptionspec.utils.atomic_write import write_file

    write_file(output, text.encode("utf-8", "backslashreplace"), external(f"-o {output}"))
    echo(f"wrote {sanitize(output)}", err=True)
