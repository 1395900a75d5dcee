"""What the commands share that show pictures to networks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from inceptionspec.cli.terminal import echo, show_findings
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import external

if TYPE_CHECKING:
    from inceptionspec.bench.choice import Chosen
    from inceptionspec.engines.precision_cost import PrecisionCost
    from inceptionspec.weights.load import LoadedWeights


def freeze_weights() -> None:
    """Tell TensorFlow that no weight of this process changes, which saves copies of kernels."""
    from inceptionspec.backends.engines import FROZEN

    os.environ.setdefault(FROZEN, "1")


def tell_choice(chosen: Chosen, *, usual: bool = True) -> None:
    """Say in a line which engine `auto` stands for.

    Args:
        chosen: the engine.
        usual: whether one that was not measured is said, too.
    """
    for text in (chosen.note, chosen.why if usual or chosen.measured else ""):
        if text:
            echo(f"note: {sanitize(text)}", err=True)


def tell(found: LoadedWeights | Chosen | PrecisionCost) -> None:
    """Say what reading weights made noteworthy, which engine `auto` stands for, what is lost."""
    from inceptionspec.bench.choice import Chosen
    from inceptionspec.engines.precision_cost import PrecisionCost
    from inceptionspec.prediction.from_spec import doubts, started_fresh

    if isinstance(found, Chosen):
        tell_choice(found, usual=False)
        return
    if isinstance(found, PrecisionCost):
        for name, text in found.rows():
            echo(f"note: {name}: {sanitize(text)}", err=True)
        return
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
