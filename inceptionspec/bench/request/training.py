"""What a training step minimizes, and by which optimizer.

The optimizer is that of the V3 paper, whatever the spec: arXiv:1512.00567, section 8, RMSProp
with a decay of 0.9, an epsilon of 1.0, a rate of 0.045, gradients clipped to a norm of 2.0.
The rate stays constant, since its schedule costs nothing; the paper states no momentum.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from inceptionspec.bench.request.target import ALL, Target, chosen_heads, cost_of
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.ir.graph import Graph

LOSS_CONVENTION = (
    "cross-entropy of softmax over each head's logits against random labels, with its label "
    "smoothing, mean over the batch, times the head's weight; plus the spec's L2 penalties"
)
RATE = 0.045
DECAY = 0.9
EPSILON = 1.0
CLIP_NORM = 2.0
SLOTS = 1
"""Numbers that the optimizer keeps for each trainable one."""
OPTIMIZER_TEXT = (
    f"RMSProp, rate {RATE:g}, decay {DECAY:g}, epsilon {EPSILON:g}, gradients clipped to a "
    f"global norm of {CLIP_NORM:g} (arXiv:1512.00567; specs have no training section)"
)


class Term(NamedTuple):
    """One head's part of the loss; ``path`` is that of its logits."""

    head: str
    path: str
    weight: float
    label_smoothing: float


def loss_terms(graph: Graph, head: str | None = None) -> tuple[Term, ...]:
    """The loss of a head; by default, and for ``all``, of every head with a loss weight.

    A head that is named and has no weight has weight 1; so has the main head where no head
    has a weight.

    Raises:
        SpecError: there is no such head (E0806), or no head at all (E0805).
    """
    if not graph.heads:
        raise _headless(graph)
    heads = chosen_heads(graph, head or ALL)
    if head in (None, ALL):
        weighted = tuple(candidate for candidate in heads if candidate.loss_weight)
        heads = weighted or (graph.head(graph.main),)
    return tuple(
        Term(
            chosen.name,
            graph.nodes[chosen.output].path,
            1.0 if chosen.loss_weight is None else chosen.loss_weight,
            chosen.label_smoothing,
        )
        for chosen in heads
    )


def training_target(graph: Graph, head: str | None = None) -> Target:
    """What a training step runs forward: the logits of the heads in the loss.

    Raises:
        SpecError: as for ``loss_terms``.
    """
    terms = loss_terms(graph, head)
    paths = tuple(term.path for term in terms)
    name = terms[0].head if len(terms) == 1 else ALL
    return Target(name, paths, cost_of(graph, [graph.names[path] for path in paths]))


def describe_loss(terms: tuple[Term, ...]) -> str:
    """The heads and their weights in a line."""
    heads = ", ".join(f"{term.head} x {term.weight:g}" for term in terms)
    smoothing = sorted({term.label_smoothing for term in terms})
    return f"{heads}; label smoothing {' and '.join(f'{value:g}' for value in smoothing)}"


def optimizer() -> Any:
    """A new Keras optimizer. The caller has imported TensorFlow."""
    import keras

    return keras.optimizers.RMSprop(
        learning_rate=RATE, rho=DECAY, epsilon=EPSILON, global_clipnorm=CLIP_NORM
    )


def _headless(graph: Graph) -> SpecError:
    return spec_error(
        "E0805",
        f"a training step needs a loss, and `{graph.name}` has no head",
        graph.nodes[-1].origin.span,
        "add a head under `heads`, or use `--mode forward`",
        label="the last layer has no loss",
    )
