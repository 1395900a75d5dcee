"""Faults of TensorFlow's own kernels, as findings."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from inceptionspec.backends.engines import ONEDNN
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding
from inceptionspec.diagnostics.sanitize import sanitize, shortened

_NODE = re.compile(r"\{\{node ([^}]*)\}\}")
_FRAME = re.compile(r'^\s*(File "|Detected at |Graph execution error|$)|^\s*\[\[\{\{')


@contextmanager
def tensorflow_faults(at: str) -> Iterator[None]:
    """Where TensorFlow computes a network.

    Args:
        at: what findings point at, such as ``engine='optimized'``.

    Raises:
        SpecError: one of its kernels fails (E0710). Lack of memory goes on as it is.
    """
    try:
        yield
    except tf.errors.ResourceExhaustedError:
        raise
    except tf.errors.OpError as error:
        raise SpecError([fault(str(error), at)]) from None


def fault(message: str, at: str) -> Diagnostic:
    """The finding (E0710) for the message of an error that TensorFlow raised.

    Args:
        message: the text of the error, with TensorFlow's own traceback or without.
        at: what the finding points at.
    """
    node = _NODE.search(message)
    where = f" at `{sanitize(shortened(node[1], 80))}`" if node else ""
    reasons = [line.strip() for line in message.splitlines() if not _FRAME.match(line)]
    helps = ["try another engine"]
    if os.environ.get(ONEDNN) != "0":
        helps.insert(0, f"run it without oneDNN's kernels: `{ONEDNN}=0`")
    return finding(
        "E0710",
        f"TensorFlow cannot compute the network: a kernel fails{where}",
        at,
        *helps,
        notes=(f"TensorFlow says: {sanitize(shortened(reasons[-1], 300))}",) if reasons else (),
    )
