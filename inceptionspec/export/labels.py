"""Files of labels: a name for each class, a line each."""

from __future__ import annotations

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import external
from inceptionspec.ir.graph import Graph
from inceptionspec.utils.read_file import read_regular_file

_MOST_BYTES = 4_000_000


def read_labels(file: str, graph: Graph) -> tuple[str, ...]:
    """The labels of a file, as many as the main head has classes.

    Raises:
        SpecError: the file cannot be read (E0802), or has another length (E0718).
    """
    place = external(f"--labels {file}")
    name = shortened(file, 80)
    try:
        content = read_regular_file(file, _MOST_BYTES)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise spec_error("E0802", f"`{name}` cannot be read: {reason}", place) from None
    if len(content) > _MOST_BYTES:
        raise spec_error("E0802", f"`{name}` has more than {_MOST_BYTES:,} bytes", place)
    try:
        labels = tuple(line.strip() for line in content.decode("utf-8-sig").splitlines())
    except UnicodeDecodeError:
        raise spec_error("E0802", f"`{name}` is not UTF-8 text", place) from None
    while labels and not labels[-1]:
        labels = labels[:-1]
    classes = _classes(graph)
    if classes is None:
        raise spec_error("E0718", "labels need a head, and the network has none", place)
    if len(labels) != classes:
        helps = []
        if len(labels) == classes + 1:
            helps.append("leave out the first line, if it is the background class of TF-Slim")
        message = f"`{name}` has {len(labels):,} labels, and the network {classes:,} classes"
        raise spec_error("E0718", message, place, *helps, "write a line for each class")
    return labels


def _classes(graph: Graph) -> int | None:
    """The number of classes of the main head."""
    if not graph.heads:
        return None
    return graph.nodes[graph.head(graph.main).output].shape[-1]
