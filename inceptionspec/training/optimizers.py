"""A recipe's optimizer as one of Keras.

Gradients are clipped by the step, not by the optimizer: Keras clips those of each replica by
itself, before it sums them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras

from inceptionspec.training.recipe import Adam, Optimizer, RmsProp, Sgd, WeightDecay

_KERNELS = frozenset({"kernel", "depthwise_kernel", "pointwise_kernel"})


class TensorFlow1RMSprop(keras.optimizers.RMSprop):  # type: ignore[misc]
    """Keras' RMSprop with the start that TensorFlow 1 gives the mean of squared gradients.

    Keras computes the same from there on: epsilon is inside the root and the rate inside the
    momentum. With an epsilon of 1 the start of 1 matters for the first tens of steps.
    """

    def __init__(self, *args: Any, initial: float = 1.0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = initial

    def add_optimizer_variables(
        self, trainable_variables: Any, name: Any, initializer: Any = "zeros"
    ) -> Any:
        """The slots of one name, one for each variable."""
        if name == "velocity":
            initializer = keras.initializers.Constant(self.initial)
        return super().add_optimizer_variables(trainable_variables, name, initializer)

    def get_config(self) -> dict[str, Any]:
        """What it was made of."""
        return {**super().get_config(), "initial": self.initial}


def keras_optimizer(
    optimizer: Optimizer,
    learning_rate: Any,
    weight_decay: WeightDecay,
    variables: Iterable[Any],
    precision: str,
) -> Any:
    """A new optimizer, built for the variables that it updates.

    Args:
        optimizer: what the recipe says.
        learning_rate: a number or a schedule of Keras.
        weight_decay: of the recipe; only decoupled decay is the optimizer's.
        variables: those that are trained. Of these, kernels alone decay.
        precision: of the recipe; with ``float16`` the optimizer scales the loss.
    """
    variables = list(variables)
    decoupled = weight_decay.kind == "decoupled"
    decay = {"weight_decay": weight_decay.amount if decoupled else None}
    match optimizer:
        case Sgd(momentum, nesterov):
            made = keras.optimizers.SGD(learning_rate, momentum, nesterov, **decay)
        case RmsProp(rho, momentum, epsilon, initial):
            made = TensorFlow1RMSprop(
                learning_rate,
                rho=rho,
                momentum=momentum,
                epsilon=epsilon,
                initial=initial,
                **decay,
            )
        case Adam(beta_1, beta_2, epsilon):
            made = keras.optimizers.Adam(
                learning_rate, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, **decay
            )
    if decoupled:
        made.exclude_from_weight_decay([one for one in variables if not is_kernel(one)])
    if precision == "float16":
        made = keras.optimizers.LossScaleOptimizer(made)
    made.build(variables)
    return made


def is_kernel(variable: Any) -> bool:
    """Whether a variable is a kernel: neither a bias nor a norm's."""
    return variable.name in _KERNELS and len(variable.shape) > 1
