"""Shares of a sweep as JSON: what is sent to other processes and machines, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from inceptionspec.sweep.bases import BaseTexts
from inceptionspec.sweep.evaluate import Evaluator, Outcome, Task
from inceptionspec.sweep.knobs import Found
from inceptionspec.sweep.records import Figures, Knob, Refusal

SHARE = 100
"""The variants of a share."""
CLUSTER_SHARE = 500
"""Those of a share that goes over a network, which takes time for each."""
Share = Sequence[tuple[int, ...]]
"""For each variant, the number of the value of each knob."""


def task_text(task: Task) -> str:
    """A task as JSON."""
    data = {
        "bases": [_base_data(base) for base in task.bases],
        "knobs": [[asdict(knob), paths] for knob, paths in task.knobs],
        "where": task.where,
        "documents": task.documents,
    }
    return json.dumps(data)


def task_of(text: str) -> Task:
    """The task of a text."""
    data = json.loads(text)
    bases = tuple(
        BaseTexts(spec, name, tuple(map(tuple, files)), move, refusal and Refusal(*refusal))
        for spec, name, files, move, refusal in data["bases"]
    )
    knobs = tuple(
        Found(Knob(**{**knob, "values": tuple(knob["values"])}), tuple(map(tuple, paths)))
        for knob, paths in data["knobs"]
    )
    return Task(bases, knobs, data["where"], data["documents"])


def _base_data(base: BaseTexts) -> list[Any]:
    refusal = None if base.refusal is None else refusal_data(base.refusal)
    return [base.spec, base.name, base.files, base.move, refusal]


def outcomes_of_share(evaluator: Evaluator, share: Share) -> Iterable[Outcome]:
    """What each variant of a share comes to, in order."""
    knobs = [knob for knob, _ in evaluator.task.knobs]
    for values in share:
        written = [knob.values[at] for knob, at in zip(knobs, values, strict=True)]
        yield evaluator.outcome(written)


def answer_text(outcomes: Iterable[Outcome]) -> str:
    """Outcomes as JSON."""
    return json.dumps([_outcome_data(outcome) for outcome in outcomes], separators=(",", ":"))


def outcomes_of(text: str) -> list[Outcome]:
    """The outcomes of a text."""
    return [
        Outcome(
            None if figures is None else figures_of_data(figures),
            None if refusal is None else Refusal(*refusal),
            network,
            document,
        )
        for figures, refusal, network, document in json.loads(text)
    ]


def _outcome_data(outcome: Outcome) -> list[Any]:
    figures, refusal, network, document = outcome
    return [
        None if figures is None else figures_data(figures),
        None if refusal is None else refusal_data(refusal),
        network,
        document,
    ]


def figures_data(figures: Figures) -> list[Any]:
    """Figures as plain data."""
    return [
        figures.params,
        figures.trainable_params,
        figures.macs,
        figures.flops,
        figures.memory,
        figures.field,
    ]


def figures_of_data(data: Sequence[Any]) -> Figures:
    """The figures of plain data."""
    params, trainable, macs, flops, memory, field = data
    sides = None if field is None else (field[0], field[1])
    return Figures(params, trainable, macs, flops, memory, sides)


def refusal_data(refusal: Refusal) -> list[Any]:
    """A refusal as plain data."""
    return [refusal.code, refusal.message, refusal.place, refusal.line]
