"""The optimizer of a training step: the language has no training section, so it is the paper's.

Source: arXiv:1512.00567, section 8: RMSProp with a decay of 0.9 and an epsilon of 1.0, a
rate of 0.045, gradients clipped at a norm of 2.0. The rate is held, since its schedule costs
nothing; the paper states no momentum.
"""

from __future__ import annotations

from typing import Any

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
