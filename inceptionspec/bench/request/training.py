"""What a training step minimizes, and by which optimizer."""

from __future__ import annotations

from typing import Any, NamedTuple

from inceptionspec.bench.request.target import ALL, Target, chosen_heads, cost_of
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError
from inceptionspec.ir.graph import Graph

CONVENTION = (
    "cross-entropy of softmax over each head's logits against random labels, with its label "
    "smoothing, mean over the batch, times the head's weight; plus the spec's L2 penalties"
)


class Term(NamedTuple):
    """One head's part of the loss; ``path`` is that of its logits."""

    head: str
    path: str
    weight: float
    label_smoothing: float


def terms(graph: Graph, head: str | None = None) -> tuple[Term, ...]:
    """The loss of one head, or by default, and for ``all``, of those with a loss weight.

    A head that is named and has no weight counts once, as does the main head where none has
    one.

    Raises:
        SpecError: there is no such head, or no head at all.
    """
    if not graph.heads:
        raise SpecError([_headless(graph)])
    heads = chosen_heads(graph, head or ALL)
    if head in (None, ALL):
        weighted = tuple(one for one in heads if one.loss_weight)
        heads = weighted or (graph.head(graph.main),)
    return tuple(
        Term(
            one.name,
            graph.nodes[one.output].path,
            1.0 if one.loss_weight is None else one.loss_weight,
            one.label_smoothing,
        )
        for one in heads
    )


def training_target(graph: Graph, head: str | None = None) -> Target:
    """What a training step runs forward: the logits of the heads in the loss.

    Raises:
        SpecError: as for ``terms``.
    """
    found = terms(graph, head)
    paths = tuple(one.path for one in found)
    name = found[0].head if len(found) == 1 else ALL
    return Target(name, paths, cost_of(graph, [graph.names[path] for path in paths]))


def described(found: tuple[Term, ...]) -> str:
    """The heads and weights in a line."""
    heads = ", ".join(f"{one.head} x {one.weight:g}" for one in found)
    smoothing = sorted({one.label_smoothing for one in found})
    return f"{heads}; label smoothing {' and '.join(f'{one:g}' for one in smoothing)}"


def _headless(graph: Graph) -> Diagnostic:
    return Diagnostic(
        "E0805",
        f"a training step needs a loss, and `{graph.name}` has no head",
        Label(graph.nodes[-1].origin.span, "the last layer has no loss"),
        helps=("add a head under `heads`, or use `--mode forward`",),
    )


RATE = 0.045
DECAY = 0.9
EPSILON = 1.0
CLIP_NORM = 2.0
SLOTS = 1
"""Numbers that it keeps for each trainable one."""
DESCRIBED = (
    f"RMSProp, rate {RATE:g}, decay {DECAY:g}, epsilon {EPSILON:g}, gradients clipped to a "
    f"global norm of {CLIP_NORM:g} (arXiv:1512.00567; specs have no training section)"
)


def optimizer() -> Any:
    """A new optimizer of Keras; TensorFlow is imported already."""
    import keras

    return keras.optimizers.RMSprop(
        learning_rate=RATE, rho=DECAY, epsilon=EPSILON, global_clipnorm=CLIP_NORM
    )
