"""Child processes of a benchmark, which end with their parent however that ends.

A child reads its standard input to the end in a thread of its own. The system closes that
pipe when the parent is gone, be it by SIGTERM, SIGHUP, SIGKILL or a crash.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

_ROOT = str(Path(__file__).parents[3])


def start_child(
    module: str, *arguments: str, environment: Mapping[str, str], errors: IO[Any]
) -> subprocess.Popen[str]:
    """Run a module of this package in a Python process of its own, with pipes to talk to it.

    It is in a session of its own, so that Ctrl-C reaches the parent alone.

    Args:
        environment: all of the child's variables.
        errors: the file that takes its standard error.
    """
    paths = [_ROOT, *filter(None, [environment.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        env={**environment, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        encoding="utf-8",
        start_new_session=True,
    )


def lines_from_parent(clean_up: Callable[[], None] = lambda: None) -> Iterator[str]:
    """In a child: the lines that the parent writes. The process ends when the parent does.

    Args:
        clean_up: called before the process ends, whatever else it is doing.
    """
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            lines.put(line)
        clean_up()
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return iter(lines.get, None)
