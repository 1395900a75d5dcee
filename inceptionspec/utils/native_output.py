"""What native code prints on standard error, past Python: notices held back, the rest passed on."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_chatter(chatter: re.Pattern[bytes]) -> Iterator[None]:
    """Hold back standard error, that of native code included, and pass on other lines.

    Args:
        chatter: what the lines start with that are dropped.
    """
    try:
        kept = os.dup(2)
    except OSError:  # the process has no standard error
        yield
        return
    with tempfile.TemporaryFile() as held:
        sys.stderr.flush()
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            rest = b"".join(line for line in held if not chatter.match(line))
            if rest:
                os.write(2, rest)
