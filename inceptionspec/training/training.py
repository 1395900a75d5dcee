"""A network while it is trained: model, phases, averages, and its whole state as arrays."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import keras
import numpy as np

from inceptionspec.backends.keras import assign, weight_values
from inceptionspec.backends.keras.variables import refresh
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import Span
from inceptionspec.training.averages import WeightAverages
from inceptionspec.training.fitting import Fitted
from inceptionspec.training.recipe import Phase
from inceptionspec.training.step import StepResult, TrainStep, training_model
from inceptionspec.training.strategies.team import Team
from inceptionspec.weights.initial import initial_value

#: Arrays by a layer's path and a weight's name.
Arrays = Mapping[tuple[str, str], Any]


class Stage(NamedTuple):
    """A phase, and which steps of the run are its own."""

    phase: Phase
    first: int
    end: int


class Training:
    """The model of a run, its optimizer and its averages, at some step.

    Attributes:
        fitted: the recipe for the network.
        model: the Keras model.
        steps: of the whole run.
        step: updates that were made.
        team: the devices that compute it.
    """

    def __init__(
        self,
        fitted: Fitted,
        steps_per_epoch: int,
        weights: Arrays | None = None,
        *,
        jit: bool,
        team: Team | None = None,
    ) -> None:
        """Build the model, and give it the weights that it starts from.

        Args:
            fitted: the recipe for the network.
            steps_per_epoch: updates in an epoch.
            weights: arrays to start from; those of the recipe's new layers are not used.
            jit: whether XLA compiles the step.
            team: the devices that compute it; one by default.
        """
        recipe = fitted.recipe
        self.team = team or Team()
        # Dropout draws from seeds of its own, which are drawn here.
        keras.utils.set_random_seed(recipe.seed)
        self.fitted = fitted
        with self.team.scope():
            self.model = training_model(fitted)
            assign(self.model, fitted.graph, _start(fitted, weights))
            self.averages = (
                WeightAverages(self.model, recipe.averaging)
                if recipe.averaging is not None
                else None
            )
        self.steps_per_epoch = steps_per_epoch
        self._stages = _stages(fitted, steps_per_epoch)
        self._jit = jit
        self.step = 0
        self._begin(self._stages[0])

    @property
    def steps(self) -> int:
        """Those of the whole run."""
        return self._stages[-1].end

    @property
    def epoch(self) -> int:
        """The epochs that are over."""
        return self.step // self.steps_per_epoch

    @property
    def stage(self) -> Stage:
        """The phase of the next step."""
        return next((stage for stage in self._stages if self.step < stage.end), self._stages[-1])

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        return float(keras.ops.convert_to_numpy(self._update.optimizer.learning_rate))

    def __call__(self, images: Any, targets: Any, *, stop: bool = False) -> tuple[StepResult, bool]:
        """Make an update. After the last of a phase the next begins, with its optimizer.

        Args:
            images: those that this process computes.
            targets: of these.
            stop: whether this process was asked to stop.

        Returns:
            what was measured, and whether any worker was asked to stop.
        """
        result, stops = self._compiled(images, targets, stop)
        self.step += 1
        if self.stage is not self._current:
            self._begin(self.stage)
        return result, stops

    def seconds_of_step(self, images: Any, targets: Any) -> float:
        """How long the next update will take, from one whose effects are undone.

        TensorFlow traces and compiles the first call, so that a second one is measured.
        """
        before = {name: np.array(variable) for name, variable in self._variables()}
        try:
            float(self._compiled(images, targets, False)[0].loss)
            begun = time.perf_counter()
            float(self._compiled(images, targets, False)[0].loss)
            return time.perf_counter() - begun
        finally:
            self._assign(before)

    def arrays(self, *, averaged: bool) -> dict[tuple[str, str], Any]:
        """The network's weights, or their averages where there are some."""
        if averaged and self.averages is not None:
            self.averages.swap()
            try:
                return weight_values(self.model, self.fitted.graph)
            finally:
                self.averages.swap()
        return weight_values(self.model, self.fitted.graph)

    def state(self) -> dict[str, Any]:
        """Every variable by name: whatever the next steps depend on."""
        return {name: np.asarray(variable) for name, variable in self._variables()}

    def restore(self, step: int, state: Mapping[str, Any], place: Span) -> None:
        """Go to a step of a run, as ``state`` described it.

        Raises:
            SpecError: the state is that of another network or recipe (E0913).
        """
        self.step = step
        self._begin(self.stage)
        variables = dict(self._variables())
        if {name: tuple(one.shape) for name, one in variables.items()} != {
            name: tuple(array.shape) for name, array in state.items()
        }:
            raise spec_error(
                "E0913",
                "the checkpoint has other variables than this network with this recipe",
                place,
                "start a new run, with another `--out`",
            )
        self._assign(state)

    def _assign(self, state: Mapping[str, Any]) -> None:
        for name, variable in self._variables():
            variable.assign(state[name])
        refresh(self.model)

    def _begin(self, stage: Stage) -> None:
        """Make the optimizer of a phase."""
        self._current = stage
        with self.team.scope():
            self._update = TrainStep(
                self.model, self.fitted, stage.phase, self.steps_per_epoch, self.averages
            )
        batch = self.fitted.recipe.batch
        self._compiled = self.team.compiled(self._update.update, batch, jit=self._jit)

    def _variables(self) -> list[tuple[str, Any]]:
        """Variables in the order in which they were made, with names that no two share."""
        groups = {
            "model": self.model.variables,
            "optimizer": self._update.optimizer.variables,
            "averages": self.averages.variables if self.averages is not None else [],
        }
        return [
            (f"{group}/{number:05d}/{variable.name}", variable)
            for group, variables in groups.items()
            for number, variable in enumerate(variables)
        ]


def _stages(fitted: Fitted, steps_per_epoch: int) -> list[Stage]:
    stages: list[Stage] = []
    first = 0
    for phase in fitted.recipe.phases:
        end = first + phase.epochs * steps_per_epoch
        stages.append(Stage(phase, first, end))
        first = end
    return stages


def _start(fitted: Fitted, weights: Arrays | None) -> dict[tuple[str, str], Any]:
    """The weights of every layer before the first step."""
    given = weights or {}
    return {
        (node.path, weight.name): given[node.path, weight.name]
        if (node.path, weight.name) in given and node.path not in fitted.new
        else initial_value(node, weight, fitted.recipe.seed)
        for node in fitted.graph.nodes
        for weight in node.weights
    }
