"""A training recipe as data: all that decides how a network is trained, apart from the data.

A recipe is read from YAML (see ``training/recipes/``) and belongs to no network: what it says of
heads and paths is matched with a graph by ``training/fitting.py``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import Span


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of training in ``epochs``, or in ``steps``, of which each is one update."""

    amount: float
    unit: str

    def steps(self, steps_per_epoch: int) -> float:
        """The same in steps, which need not be a whole number."""
        return self.amount * (steps_per_epoch if self.unit == "epochs" else 1)

    def epochs(self, steps_per_epoch: int) -> float:
        """The same in epochs."""
        return self.amount / (steps_per_epoch if self.unit == "steps" else 1)

    def __str__(self) -> str:
        return f"{self.amount:g} {self.unit if self.amount != 1 else self.unit[:-1]}"


@dataclass(frozen=True, slots=True)
class Selection:
    """Layers: a ``part`` of every network (``none``, ``heads``, ``body``), or path patterns.

    ``body`` is all that belongs to no head.
    """

    part: str = "none"
    patterns: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.patterns) or self.part != "none"


@dataclass(frozen=True, slots=True)
class Sgd:
    """Gradient descent: ``v = momentum v - rate g``, then ``w += v``."""

    momentum: float = 0.0
    nesterov: bool = False


@dataclass(frozen=True, slots=True)
class RmsProp:
    """RMSProp as TensorFlow 1 computes it, whose slot ``s`` starts at ``initial``.

    ``s = decay s + (1 - decay) g g``, ``v = momentum v + rate g / sqrt(s + epsilon)``, ``w -= v``.
    """

    decay: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-7
    initial: float = 1.0


@dataclass(frozen=True, slots=True)
class Adam:
    """Adam. With decoupled weight decay it is AdamW."""

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7


Optimizer = Sgd | RmsProp | Adam


@dataclass(frozen=True, slots=True)
class Warmup:
    """The rate rises in a line from ``start`` times the first rate to the whole of it."""

    length: Duration
    start: float = 0.0


@dataclass(frozen=True, slots=True)
class Constant:
    """The same rate at every step."""

    rate: float
    warmup: Warmup | None = None


@dataclass(frozen=True, slots=True)
class Exponential:
    """``rate x factor ^ (step / every)``; with ``staircase`` the exponent is rounded down."""

    rate: float
    factor: float
    every: Duration
    staircase: bool = True
    warmup: Warmup | None = None


@dataclass(frozen=True, slots=True)
class Piecewise:
    """``rate`` times the factor of the last boundary that was reached."""

    rate: float
    boundaries: tuple[Duration, ...]
    factors: tuple[float, ...]
    warmup: Warmup | None = None


@dataclass(frozen=True, slots=True)
class Cosine:
    """Half a cosine, from ``rate`` after the warm-up to ``final x rate`` at the phase's end."""

    rate: float
    final: float = 0.0
    warmup: Warmup | None = None


Schedule = Constant | Exponential | Piecewise | Cosine


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of training with one optimizer and one schedule, whose steps it counts from 0.

    Slots of the optimizer start anew with each phase; weights and averages go on.

    Attributes:
        name: for reports and checkpoints, unique in the recipe.
        epochs: how often it goes through the data.
        optimizer: what turns gradients into updates.
        schedule: the learning rate by step.
        freeze: layers whose weights stay as they are, and whose norms use moving statistics.
        freeze_norms: whether every batch norm is frozen, its scale and shift too.
    """

    name: str
    epochs: int
    optimizer: Optimizer
    schedule: Schedule
    freeze: Selection = Selection()
    freeze_norms: bool = False


@dataclass(frozen=True, slots=True)
class HeadLoss:
    """What a recipe says of the head ``name``; None leaves it to the spec."""

    name: str
    weight: float | None = None
    label_smoothing: float | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss of each head, and what heads weigh; None leaves it to the spec.

    Attributes:
        kind: ``softmax`` for one class an image, ``sigmoid`` for any number of them.
        label_smoothing: of every head for which ``heads`` gives none.
        auxiliary: the weight of every head but the main one for which ``heads`` gives none.
        heads: those that the recipe names.
    """

    kind: str = "softmax"
    label_smoothing: float | None = None
    auxiliary: float | None = None
    heads: tuple[HeadLoss, ...] = ()

    def of(self, head: str) -> HeadLoss:
        """What is said of a head."""
        return next((one for one in self.heads if one.name == head), HeadLoss(head))


@dataclass(frozen=True, slots=True)
class WeightDecay:
    """How weights are drawn to zero. Kinds exclude each other, so that nothing decays twice.

    Attributes:
        kind: ``spec`` adds ``amount`` times the spec's L2 penalties to the loss; ``l2`` adds
            ``amount`` times the sum of squares of every kernel instead; ``decoupled`` takes
            ``rate x amount x w`` from every kernel in each update instead; ``none`` does nothing.
        amount: the factor.
    """

    kind: str = "spec"
    amount: float = 1.0


@dataclass(frozen=True, slots=True)
class Clip:
    """The bound on gradients.

    Attributes:
        kind: ``global_norm`` bounds all gradients together, ``norm`` each variable's, ``value``
            each number.
        at: the bound.
    """

    kind: str
    at: float


@dataclass(frozen=True, slots=True)
class Averaging:
    """Averages of the weights over the steps, moving statistics included, for evaluation.

    Attributes:
        kind: ``exponential``, or ``uniform`` for the mean of all steps (Polyak's).
        decay: of an exponential average, for each step.
        ramp: whether the decay is at most (1 + n) / (10 + n) after n steps, as TensorFlow 1's
            ``ExponentialMovingAverage`` with ``num_updates`` has it.
    """

    kind: str = "exponential"
    decay: float = 0.9999
    ramp: bool = True


@dataclass(frozen=True, slots=True)
class Crop:
    """Random crops: shares of the picture's area, and width over height, each with its bounds."""

    area: tuple[float, float] = (0.08, 1.0)
    aspect: tuple[float, float] = (3 / 4, 4 / 3)


@dataclass(frozen=True, slots=True)
class RandAugment:
    """``operations`` random ones for each image, of a ``magnitude`` from 0 to 1."""

    operations: int = 2
    magnitude: float = 0.5


@dataclass(frozen=True, slots=True)
class Augmentation:
    """What is done to images at random, in this order.

    Attributes:
        crop: None resizes the whole picture.
        interpolation: of the resizing: ``bilinear``, or ``random`` for one of bilinear, nearest,
            bicubic and area.
        mirror: whether half of the images are mirrored from left to right.
        color: ``none``, ``fast`` (brightness and saturation) or ``full`` (hue and contrast too).
        color_strength: factor on how far colors may change.
        rand_augment: None for none.
        mixup: alpha of mixup's beta distribution; 0 for none.
        cutmix: alpha of CutMix's; 0 for none. With both, each batch gets one of the two.
        erasing: the share of images in which a rectangle is erased.
    """

    crop: Crop | None = None
    interpolation: str = "bilinear"
    mirror: bool = False
    color: str = "none"
    color_strength: float = 1.0
    rand_augment: RandAugment | None = None
    mixup: float = 0.0
    cutmix: float = 0.0
    erasing: float = 0.0


@dataclass(frozen=True, slots=True)
class InitialWeights:
    """Where training starts.

    Attributes:
        source: ``none`` for the spec's initializers, ``given`` for a file that must be named
            when training starts, else a path relative to the file that says so (the source of
            ``places["initial_weights.from"]``).
        new: layers that start from the spec's initializers all the same.
    """

    source: str = "none"
    new: Selection = Selection()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How the network is evaluated: crops of each picture (1, 10 or 144), every so many epochs."""

    crops: int = 1
    every: int = 1


@dataclass(frozen=True, slots=True)
class Scaling:
    """Rules for what depends on the global batch, when it is k times the recipe's.

    Attributes:
        rate: ``linear`` is k times the rate, ``sqrt`` the square root of k times, ``none`` once.
        averaging: ``power`` is the decay to the power of k, so that an average spans as many
            images (arXiv:2307.13813, section 2), ``none`` the same decay.
    """

    rate: str = "linear"
    averaging: str = "power"


#: How each rule changes a value when the batch is k times as large.
RULES: Mapping[str, Callable[[float, float], float]] = MappingProxyType(
    {
        "none": lambda value, k: value,
        "linear": lambda value, k: value * k,
        "sqrt": lambda value, k: value * k**0.5,
        "power": lambda value, k: value**k,
    }
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a recipe says, its base's words included.

    Attributes:
        name: what it calls itself.
        batch: images in an update, over all replicas and workers.
        phases: at least one, in order.
        scaling: what changes when a run has another batch than ``batch``.
        dropout: the rate of every dropout layer; None leaves it to the spec.
        shuffle: ``none``, ``once`` (one order for all epochs) or ``every_epoch``.
        precision: of computation: ``float32``, ``bfloat16`` or ``float16`` with loss scaling.
            Weights are float32 always.
        seed: what all that is drawn follows from.
        members: networks that are trained, to be averaged: they differ in seed and sampling.
        sources: where its figures come from.
        places: where each key was written, by its path, as ``loss.heads.AuxLogits``.
    """

    name: str
    batch: int
    phases: tuple[Phase, ...]
    doc: str = ""
    sources: tuple[str, ...] = ()
    scaling: Scaling = Scaling()
    loss: Loss = Loss()
    dropout: float | None = None
    weight_decay: WeightDecay = WeightDecay()
    clip: Clip | None = None
    averaging: Averaging | None = None
    augmentation: Augmentation = Augmentation()
    shuffle: str = "every_epoch"
    precision: str = "float32"
    seed: int = 0
    members: int = 1
    initial_weights: InitialWeights = InitialWeights()
    evaluation: Evaluation = Evaluation()
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)

    @property
    def epochs(self) -> int:
        """Those of all phases."""
        return sum(phase.epochs for phase in self.phases)

    @property
    def digest(self) -> str:
        """SHA-256 of all that training depends on: not of names, texts and places."""
        text = json.dumps(as_data(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def __repr__(self) -> str:
        return f"<Recipe {sanitize(self.name)}: {len(self.phases)} phases, {self.epochs} epochs>"

    def at_batch(self, batch: int) -> Recipe:
        """The recipe for another global batch, each value changed by its rule of ``scaling``."""
        k = batch / self.batch
        rule = RULES[self.scaling.rate]
        phases = tuple(
            dataclasses.replace(
                phase,
                schedule=dataclasses.replace(phase.schedule, rate=rule(phase.schedule.rate, k)),
            )
            for phase in self.phases
        )
        averaging = self.averaging and dataclasses.replace(
            self.averaging, decay=RULES[self.scaling.averaging](self.averaging.decay, k)
        )
        return dataclasses.replace(self, batch=batch, phases=phases, averaging=averaging)


PRECISIONS = ("float32", "bfloat16", "float16")
_TEXTS = ("name", "doc", "sources", "places")


def as_data(recipe: Recipe) -> dict[str, Any]:
    """A recipe as JSON holds it, for digests and records, without names, texts and places."""
    return {
        field.name: _plain(getattr(recipe, field.name))
        for field in dataclasses.fields(recipe)
        if field.name not in _TEXTS
    }


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        parts = {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
        return {"kind": type(value).__name__, **parts}
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value
