"""A process that evaluates shares: a task on its standard input, then a share a line."""

from __future__ import annotations

import gc
import json
import sys

from inceptionspec.bench.machine.child import lines_from_parent
from inceptionspec.sweep.evaluate import Evaluator
from inceptionspec.sweep.share import answer_text, outcomes_of_share, task_of


def main() -> None:
    """Answer each share by a line, until the parent ends."""
    gc.set_threshold(100_000, 50, 100)  # graphs are large and hold no circles
    lines = lines_from_parent()
    evaluator = Evaluator(task_of(next(lines)))
    for line in lines:
        answer = answer_text(outcomes_of_share(evaluator, json.loads(line)))
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
