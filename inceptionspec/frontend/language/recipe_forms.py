"""The language of recipes as a table: every mapping that a recipe may hold, key by key."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from inceptionspec.frontend.language.form import (
    NAME,
    TEXT,
    TEXTS,
    TITLE,
    Choice,
    Field,
    Form,
    Listed,
    Named,
    Section,
)
from inceptionspec.ops.attribute_types import AMOUNT, BOOL, COUNT, FRACTION, NONE, POSITIVE, Kind

KEY = "recipe"
"""The key that a recipe starts with."""
VERSION = 1
EPOCHS, STEPS = "epochs", "steps"
#: Parts of every network that a selection may name.
NO_LAYERS, HEADS, BODY = NONE, "heads", "body"
#: Where the first weights come from, unless it is a file.
GIVEN = "given"

_NUMBER = r"[0-9]{1,9}(\.[0-9]{1,9})?(/[1-9][0-9]{0,3})?"


def _share(text: str) -> float:
    """A number that may be written as a fraction."""
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)


def _real(value: Any) -> float:
    return _share(value) if isinstance(value, str) else float(value)


def _duration(value: str) -> tuple[float, str]:
    amount, unit = value.split()
    return _share(amount), EPOCHS if unit.startswith(EPOCHS[:-1]) else STEPS


def _bounds(value: list[Any]) -> tuple[float, float]:
    return _real(value[0]), _real(value[1])


def _words(expected: str, *words: str) -> Kind:
    return Kind(expected, {"enum": list(words)})


def _bounds_kind(expected: str, most: float) -> Kind:
    number = {"type": "number", "exclusiveMinimum": 0, "maximum": most}
    share = {"type": "string", "pattern": "^[1-9][0-9]{0,3}/[1-9][0-9]{0,3}$"}
    items = {"anyOf": [number, share]} if most > 1 else number
    return Kind(expected, {"type": "array", "items": items, "minItems": 2, "maxItems": 2}, _bounds)


DURATION = Kind(
    "a length of training such as `8 epochs`, `4/3 epochs` or `500 steps`",
    {"type": "string", "pattern": f"^{_NUMBER} (epochs?|steps?)$"},
    _duration,
)
DURATIONS = Kind(
    "a list of lengths such as `[30 epochs, 60 epochs]`",
    {"type": "array", "items": DURATION.schema, "minItems": 1},
    lambda value: tuple(map(_duration, value)),
)
FACTORS = Kind(
    "a list of numbers above 0",
    {"type": "array", "items": POSITIVE.schema, "minItems": 1},
    lambda value: tuple(map(float, value)),
)
AREA = _bounds_kind("the least and the greatest share of the area, such as `[0.08, 1]`", 1)
ASPECT = _bounds_kind("the least and the greatest width over height, such as `[3/4, 4/3]`", 100)
UP_TO_ONE = Kind(
    "a number from 0 to 1", {"type": "number", "minimum": 0, "maximum": 1}, float
)  # fmt: skip
SHARE = Kind(
    "a number above 0, up to 1",
    {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    float,
)
WHOLE = Kind("a whole number of at least 0", {"type": "integer", "minimum": 0, "maximum": 1 << 31})
SOME_CROPS = Kind("1, 10 or 144", {"enum": [1, 10, 144]})
_SELECTION_EXPECTED = (
    f'`{NONE}`, `{HEADS}`, `{BODY}`, or a list of paths such as `[Conv2d_*, "*/Branch_0"]`'
)
SELECTION = Kind(
    _SELECTION_EXPECTED,
    {
        "anyOf": [
            {"enum": [NO_LAYERS, HEADS, BODY]},
            {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "minItems": 1,
                "maxItems": 1000,
            },
        ]
    },
)
SHUFFLE = _words("`none`, `once` or `every_epoch`", NONE, "once", "every_epoch")
PRECISION = _words(
    "`float32`, `bfloat16` or `float16`", "float32", "bfloat16", "float16"
)  # fmt: skip
COLOR = _words("`none`, `fast` or `full`", NONE, "fast", "full")
INTERPOLATION = _words("`bilinear` or `random`", "bilinear", "random")
LOSS = _words("`softmax` or `sigmoid`", "softmax", "sigmoid")
RATE_RULE = _words("`linear`, `sqrt` or `none`", "linear", "sqrt", NONE)
AVERAGE_RULE = _words("`power` or `none`", "power", NONE)
VERSION_KIND = Kind(f"`{VERSION}`", {"const": VERSION})
#: What a section may be in place of a mapping.
NOTHING = Kind(f"a mapping, or `{NONE}`", {"const": NONE})
WEIGHT = Kind("a mapping, or a number of at least 0", AMOUNT.schema, float)

_RATE = {"rate": Field(POSITIVE, "The learning rate for the recipe's batch.", required=True)}
WARMUP = Form("a warm-up", {
    "length": Field(DURATION, "How long the rate rises in a line.", required=True),
    "start": Field(FRACTION, "The share of the rate that it starts at; 0 unless given."),
})  # fmt: skip
_WARMUP = {"warmup": Field(Section(WARMUP, NOTHING), "The rise of the rate before all else.")}


def _kind(what: str, doc: str) -> dict[str, Field]:
    return {"kind": Field(_words(f"`{what}`", what), doc, required=True)}


def _choice(title: str, forms: Mapping[str, Form], short: Kind | None = None) -> Choice:
    return Choice(title, MappingProxyType(forms), short)


OPTIMIZER = _choice("an optimizer", {
    "sgd": Form("`sgd`", {
        **_kind("sgd", "Gradient descent."),
        "momentum": Field(FRACTION, "Share of the last update that is kept; 0 unless given."),
        "nesterov": Field(BOOL, "Whether the gradient is taken after the momentum's step."),
    }),
    "rmsprop": Form("`rmsprop`", {
        **_kind("rmsprop", "RMSProp as TensorFlow 1 computes it."),
        "decay": Field(FRACTION, "Of the mean of squared gradients, each step; 0.9 unless given."),
        "momentum": Field(FRACTION, "Share of the last update that is kept; 0 unless given."),
        "epsilon": Field(POSITIVE, "Added to the mean, inside the root; 1e-7 unless given."),
        "initial": Field(AMOUNT, "What the mean starts at; 1 unless given, as in TensorFlow 1."),
    }),
    "adam": Form("`adam`", {
        **_kind("adam", "Adam; with decoupled weight decay, AdamW."),
        "beta_1": Field(FRACTION, "Decay of the mean of gradients; 0.9 unless given."),
        "beta_2": Field(FRACTION, "Decay of the mean of their squares; 0.999 unless given."),
        "epsilon": Field(POSITIVE, "Added to the root; 1e-7 unless given."),
    }),
})  # fmt: skip
SCHEDULE = _choice("a schedule", {
    "constant": Form("`constant`", {**_kind("constant", "One rate."), **_RATE, **_WARMUP}),
    "exponential": Form("`exponential`", {
        **_kind("exponential", "The rate times a factor, again and again."),
        **_RATE,
        "factor": Field(SHARE, "What the rate is multiplied with.", required=True),
        "every": Field(DURATION, "After how long.", required=True),
        "staircase": Field(BOOL, "Whether in steps, not smoothly; true unless given."),
        **_WARMUP,
    }),
    "piecewise": Form("`piecewise`", {
        **_kind("piecewise", "The rate times the factor of the last boundary."),
        **_RATE,
        "boundaries": Field(DURATIONS, "Since the phase's start, ascending.", required=True),
        "factors": Field(FACTORS, "One for each boundary, of the first rate.", required=True),
        **_WARMUP,
    }),
    "cosine": Form("`cosine`", {
        **_kind("cosine", "Half a cosine from the rate to the end of the phase."),
        **_RATE,
        "final": Field(FRACTION, "The share of the rate at the end; 0 unless given."),
        **_WARMUP,
    }),
})  # fmt: skip
WEIGHT_DECAY = _choice("the weight decay", {
    "spec": Form("`spec`", {
        **_kind("spec", "The L2 penalties that the spec's layers have."),
        "amount": Field(AMOUNT, "Factor on all of them; 1 unless given."),
    }),
    "l2": Form("`l2`", {
        **_kind("l2", "One penalty on every kernel, in place of the spec's."),
        "amount": Field(AMOUNT, "Factor on the sum of squares.", required=True),
    }),
    "decoupled": Form("`decoupled`", {
        **_kind("decoupled", "Taken from every kernel in each update, in place of the spec's."),
        "amount": Field(AMOUNT, "Factor on the weight and the rate.", required=True),
    }),
}, NOTHING)  # fmt: skip
_AT = {"at": Field(POSITIVE, "The bound.", required=True)}
CLIP = _choice("the clipping", {
    "global_norm": Form(
        "`global_norm`", {**_kind("global_norm", "Of all gradients together."), **_AT}
    ),
    "norm": Form("`norm`", {**_kind("norm", "Of the gradient of each variable."), **_AT}),
    "value": Form("`value`", {**_kind("value", "Of each number of a gradient."), **_AT}),
}, NOTHING)  # fmt: skip
AVERAGING = _choice("the averaging", {
    "exponential": Form("`exponential`", {
        **_kind("exponential", "Later steps weigh more."),
        "decay": Field(FRACTION, "Share of the average that each step keeps; 0.9999 unless given."),
        "ramp": Field(BOOL, "Whether the decay is at most (1 + n) / (10 + n) after n steps; true "
                            "unless given."),
    }),
    "uniform": Form("`uniform`", {**_kind("uniform", "The mean of all steps (Polyak's).")}),
}, NOTHING)  # fmt: skip
HEAD_LOSS = Form("a head", {
    "weight": Field(AMOUNT, "Weight of its loss; the spec's unless given."),
    "label_smoothing": Field(FRACTION, "Share of the label spread over all classes; the spec's "
                                       "unless given."),
})  # fmt: skip
LOSS_FORM = Form("the loss", {
    "kind": Field(LOSS, "`softmax` for one class an image, `sigmoid` for several; `softmax` "
                        "unless given."),
    "label_smoothing": Field(FRACTION, "That of all heads; the spec's unless given."),
    "auxiliary": Field(AMOUNT, "Weight of every head but the main one; the spec's unless given."),
    "heads": Field(Named(Section(HEAD_LOSS, WEIGHT)), "Heads by name: a weight, or a mapping."),
})  # fmt: skip
CROP = Form("a crop", {
    "area": Field(AREA, "Bounds of its share of the picture's area."),
    "aspect": Field(ASPECT, "Bounds of its width over its height."),
})  # fmt: skip
RAND_AUGMENT = Form("RandAugment", {
    "operations": Field(COUNT, "How many at random for an image; 2 unless given."),
    "magnitude": Field(UP_TO_ONE, "How strong they are; 0.5 unless given."),
})  # fmt: skip
AUGMENTATION = Form("the augmentation", {
    "crop": Field(Section(CROP, NOTHING), "Random crops; the whole picture unless given."),
    "interpolation": Field(INTERPOLATION, "Of the resizing; `bilinear` unless given."),
    "mirror": Field(BOOL, "Whether half of the images are mirrored; false unless given."),
    "color": Field(COLOR, "Distortion of colors; `none` unless given."),
    "color_strength": Field(AMOUNT, "Factor on how far colors may change; 1 unless given."),
    "rand_augment": Field(Section(RAND_AUGMENT, NOTHING), "Operations drawn at random."),
    "mixup": Field(AMOUNT, "Alpha of mixup; 0, for none, unless given."),
    "cutmix": Field(AMOUNT, "Alpha of CutMix; 0, for none, unless given."),
    "erasing": Field(UP_TO_ONE, "Share of the images that lose a rectangle; 0 unless given."),
})  # fmt: skip
INITIAL_WEIGHTS = Form("the initial weights", {
    "from": Field(TEXT, "`none`, `given` for a file named when training starts, or a path "
                        "relative to this file."),
    "new": Field(SELECTION, "Layers that start from the spec's initializers all the same."),
})  # fmt: skip
EVALUATION = Form("the evaluation", {
    "crops": Field(SOME_CROPS, "Of each picture; 1 unless given."),
    "every": Field(COUNT, "Epochs between two evaluations; 1 unless given."),
})  # fmt: skip
SCALING = Form("the scaling", {
    "rate": Field(RATE_RULE, "Of the learning rate; `linear` unless given."),
    "averaging": Field(AVERAGE_RULE, "Of the decay of averages; `power` unless given."),
})  # fmt: skip
_PHASE = {
    "epochs": Field(COUNT, "How often it goes through the data."),
    "optimizer": Field(OPTIMIZER, "What turns gradients into updates."),
    "schedule": Field(SCHEDULE, "The learning rate, step by step."),
    "freeze": Field(SELECTION, "Layers whose weights and statistics stay as they are."),
    "freeze_norms": Field(BOOL, "Whether every batch norm is frozen, its scale and shift too."),
}
PHASE = Form("a phase", {
    "name": Field(NAME, "What it is called in reports.", required=True), **_PHASE,
})  # fmt: skip
RECIPE = Form("a recipe", {
    KEY: Field(VERSION_KIND, "Version of the language.", required=True),
    "extends": Field(TEXT, "Its base: a built-in name, or a path relative to this file."),
    "name": Field(TITLE, "What the recipe is called.", required=True),
    "doc": Field(TEXT, "What it trains, and how."),
    "sources": Field(TEXTS, "Papers and code that its figures are from."),
    "batch": Field(COUNT, "Images in an update, over all devices.", required=True),
    "scaling": Field(Section(SCALING), "Rules for a run with another batch."),
    **_PHASE,
    "phases": Field(
        Listed("a phase", Section(PHASE), least=1, most=100),
        "Stretches of training, each with its own keys over those of the recipe.",
    ),
    "loss": Field(Section(LOSS_FORM), "What is minimized, head by head."),
    "dropout": Field(FRACTION, "Rate of every dropout layer; the spec's unless given."),
    "weight_decay": Field(WEIGHT_DECAY, "How weights are drawn to zero; the spec's L2 penalties "
                                        "unless given."),
    "clip": Field(CLIP, "The bound on gradients."),
    "averaging": Field(AVERAGING, "Averages of the weights, for evaluation."),
    "augmentation": Field(Section(AUGMENTATION, NOTHING), "What is done to images at random."),
    "shuffle": Field(SHUFFLE, "The order of the data; `every_epoch` unless given."),
    "precision": Field(PRECISION, "Of computation; `float32` unless given."),
    "seed": Field(WHOLE, "What all that is drawn follows from; 0 unless given."),
    "members": Field(COUNT, "Networks to train, which are averaged; 1 unless given."),
    "initial_weights": Field(Section(INITIAL_WEIGHTS), "Where training starts."),
    "evaluation": Field(Section(EVALUATION), "How the network is evaluated."),
})  # fmt: skip
#: What each word means that a value may be.
ENUM_DOCS: Mapping[str, str] = MappingProxyType({
    "none": "None.",
    "heads": "All layers of heads.",
    "body": "All layers that belong to no head.",
    "sgd": "Gradient descent, with or without momentum.",
    "rmsprop": "RMSProp as TensorFlow 1 computes it.",
    "adam": "Adam; with decoupled weight decay, AdamW.",
    "constant": "The same rate at every step.",
    "exponential": "A factor again and again.",
    "piecewise": "A factor from each boundary on.",
    "cosine": "Half a cosine to the end of the phase.",
    "spec": "The L2 penalties that the spec's layers have.",
    "l2": "One L2 penalty on every kernel.",
    "decoupled": "Taken from every kernel in each update.",
    "global_norm": "The norm of all gradients together.",
    "norm": "The norm of each variable's gradient.",
    "value": "Each number of a gradient.",
    "uniform": "The mean of all steps.",
    "softmax": "Cross-entropy of one class an image.",
    "sigmoid": "Cross-entropy of each class by itself.",
    "once": "One order for all epochs.",
    "every_epoch": "A new order for each epoch.",
    "float32": "Single precision.",
    "bfloat16": "Half the bits, the range of float32.",
    "float16": "Half precision; the loss is scaled so that gradients do not vanish.",
    "fast": "Brightness and saturation.",
    "full": "Brightness, saturation, hue and contrast.",
    "bilinear": "Bilinear.",
    "random": "One of bilinear, nearest, bicubic and area, at random.",
    "linear": "The rate is k times as high with k times the batch.",
    "sqrt": "The rate is sqrt(k) times as high with k times the batch.",
    "power": "The decay to the power of k with k times the batch.",
})  # fmt: skip
