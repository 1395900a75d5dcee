"""A request to a sweep: the whole way in one screen."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from inceptionspec.diagnostics.diagnostic import Diagnostic, finding, spec_error
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.sweep.bases import OpenBase
from inceptionspec.sweep.evaluate import Outcome, Task, figures_of
from inceptionspec.sweep.front import Front
from inceptionspec.sweep.journal import Journal, open_journal, row_of
from inceptionspec.sweep.knobs import Found
from inceptionspec.sweep.records import Base, Counts, Objective, Swept, Variant
from inceptionspec.sweep.share import CLUSTER_SHARE, SHARE, Share
from inceptionspec.sweep.space import GENERATION, Evolution, Grid, Plan, Space, Values, space_of
from inceptionspec.sweep.teams import Alone, LocalTeam, Team

Method = Literal["grid", "sample", "evolution"]
Progress = Callable[[str, int, int], None]
MOST_VARIANTS = 1_000_000
"""The most variants of a sweep."""
DEFAULT_OBJECTIVES = (Objective("macs"), Objective("params"))
DEFAULT_TOP = 20


@dataclass(frozen=True)
class Request:
    """What a sweep is asked for.

    Attributes:
        bases: the networks.
        knobs: what is varied.
        method: how variants are chosen.
        amount: how many; of a grid, None.
        seed: of a sample or an evolution.
        where: the constraint, empty for none.
        objectives: what the front is made by.
        sort: what the table is sorted by; None for the first objective.
        top: the rows of the table at most; None for all.
        documents: whether digests of expanded texts are asked for.
        workers: the number of processes.
        scheduler: the address of a Dask cluster that evaluates; None for this machine.
        folder: where results will be, next to which the journal is; None for no journal.
        place: what findings show.
        moved: what moves make of the networks (``moved_bases``); empty where nothing moves.
    """

    bases: tuple[OpenBase, ...]
    knobs: tuple[Found, ...]
    method: Method = "grid"
    amount: int | None = None
    seed: int = 0
    where: str = ""
    objectives: tuple[Objective, ...] = DEFAULT_OBJECTIVES
    sort: Objective | None = None
    top: int | None = DEFAULT_TOP
    documents: bool = False
    workers: int = 1
    scheduler: str | None = None
    folder: str | None = None
    place: Span = field(default_factory=lambda: external("specbuild sweep"))
    moved: tuple[OpenBase, ...] = ()

    @property
    def starts(self) -> tuple[OpenBase, ...]:
        """What variants start from."""
        return self.moved or self.bases

    @property
    def task(self) -> Task:
        """What workers need to know."""
        texts = tuple(base.texts for base in self.starts)
        return Task(texts, self.knobs, self.where, self.documents)


def run(request: Request, progress: Progress = lambda *_: None, team: Team | None = None) -> Swept:
    """Try all variants that are asked for.

    Args:
        request: what is asked for.
        progress: told of the stage, the variants done and those in all.
        team: who evaluates; processes of this machine if None.

    Raises:
        SpecError: the grid is too large (E0932), the journal is another's (E0935), or workers
            died (E0937). What was tried before is in the journal.
    """
    space = space_of([knob for knob, _ in request.knobs])
    amount = min(request.amount or space.size, space.size)
    if amount > MOST_VARIANTS:
        raise spec_error(
            "E0932",
            f"the sweep would try {amount:,} variants, more than {MOST_VARIANTS:,}",
            request.place,
            "`--sample 10000` tries as many of them, chosen at random",
            "`--evolve 10000` looks for the front",
        )
    knobs = tuple(knob for knob, _ in request.knobs)
    journal = open_journal(knobs, request.folder, request.place)
    with journal.alone():
        journal.begin(_heading(request))
        tried = _Tried(request, journal)
        plan = _plan(request, space_of(knobs), tried.front)
        with team or _team(request, amount) as evaluators:
            for generation in plan.generations():
                for variant, values in tried.all_of(generation, evaluators):
                    if variant.is_row and tried.front.add(variant):
                        plan.leads(values, variant.number)
                    if variant.number % SHARE == 0 or variant.number == amount:
                        progress("trying variants", variant.number, amount)
    return tried.swept(space.size)


def _plan(request: Request, space: Space, front: Iterable[int]) -> Plan:
    if request.method == "evolution":
        return Evolution(space, request.amount or 0, request.seed, front)
    return Grid(space, request.amount, request.seed)


def _team(request: Request, amount: int) -> Team:
    if request.scheduler is not None:
        from inceptionspec.sweep.dask_team import DaskTeam

        return DaskTeam(request.task, request.scheduler)
    workers = min(request.workers, -(-amount // SHARE))
    return Alone(request.task) if workers <= 1 else LocalTeam(request.task, workers)


def _heading(request: Request) -> dict[str, object]:
    """What makes a sweep another one: what decides its rows, and nothing else."""
    task = request.task
    objectives = [str(one) for one in request.objectives] if request.method == "evolution" else []
    return {
        "bases": hashlib.sha256(json.dumps([base[:3] for base in task.bases]).encode()).hexdigest(),
        "knobs": [[knob.name, list(knob.values)] for knob, _ in task.knobs],
        "method": [request.method, request.amount, request.seed, objectives],
        "where": task.where,
        "documents": task.documents,
    }


class _Tried:
    """What was tried so far, in order."""

    def __init__(self, request: Request, journal: Journal) -> None:
        self.request = request
        self.journal = journal
        self.front = Front(request.objectives)
        self._knobs = [knob for knob, _ in request.knobs]
        self._recorded, self._left = iter(journal), len(journal)
        self._seen: dict[bytes, int] = {}
        self._kinds: Counter[str] = Counter()
        self._codes: Counter[str] = Counter()
        self._number = 0

    def all_of(self, generation: Iterable[Values], team: Team) -> Iterator[tuple[Variant, Values]]:
        """The variants of a generation: first those that the journal has, then the others."""
        points = iter(generation)
        for values in islice(points, self._left):
            variant = next(self._recorded)
            self._left -= 1
            self._count(variant)
            yield variant, values
        waiting: deque[Share] = deque()

        def shares() -> Iterator[Share]:
            size = SHARE if self.request.scheduler is None else CLUSTER_SHARE
            if self.request.method == "evolution":
                size = GENERATION // 8
            while share := tuple(islice(points, size)):
                waiting.append(share)
                yield share

        for outcomes in team.answers(shares()):
            share = waiting.popleft()
            variants = list(map(self._variant, share, outcomes))
            self.journal.add(map(row_of, variants, share))
            yield from zip(variants, share, strict=True)

    def _variant(self, values: Values, outcome: Outcome) -> Variant:
        figures, refusal, network, document = outcome
        first = None
        number = self._number + 1
        if network:
            first = self._seen.get(_short(network))
        variant = Variant(
            number,
            {knob.name: knob.values[at] for knob, at in zip(self._knobs, values, strict=True)},
            figures,
            refusal,
            network or None,
            document or None,
            admitted=refusal is not None or network != "",
            repeats=first,
        )
        self._count(variant)
        return variant

    def _count(self, variant: Variant) -> None:
        self._number = variant.number
        if variant.refusal is not None:
            self._kinds["refused"] += 1
            self._codes[variant.refusal.code] += 1
        elif not variant.admitted:
            self._kinds["excluded"] += 1
        elif variant.repeats is not None:
            self._kinds["repeated"] += 1
        else:
            self._kinds["rows"] += 1
            self._seen[_short(variant.network or "")] = variant.number

    def swept(self, space: int) -> Swept:
        """The result, now that everything was tried."""
        request = self.request
        wanted, order = set(self.front), request.sort or request.objectives[0]
        front: dict[int, Variant] = {}

        def rows() -> Iterator[Variant]:
            for variant in self.journal:
                if variant.number in wanted:
                    front[variant.number] = variant
                if variant.is_row:
                    yield variant

        def key(variant: Variant) -> tuple[bool, float, int]:
            value = variant.figure(order.figure)
            return (value is None, (value or 0) * (-1 if order.most else 1), variant.number)

        top = len(self.journal) if request.top is None else request.top
        shown = tuple(heapq.nsmallest(top, rows(), key=key))
        return Swept(
            tuple(map(_base, request.bases)),
            tuple(self._knobs),
            request.method,
            None if request.method == "grid" else request.seed,
            request.where,
            request.objectives,
            Counts(
                space,
                self._number,
                self._kinds["rows"],
                self._kinds["repeated"],
                self._kinds["excluded"],
                self._kinds["refused"],
                dict(sorted(self._codes.items())),
            ),
            self.journal,
            tuple(front[number] for number in self.front),
            shown,
        )


def _base(base: OpenBase) -> Base:
    digests = base.loaded.digests
    figures = figures_of(base.loaded.graph)
    return Base(base.texts.name, base.texts.spec, digests["network"], digests["document"], figures)


def _short(digest: str) -> bytes:
    """Enough of a digest to know a network again; very many are kept."""
    return bytes.fromhex(digest[:32])


#: Why figures are not known, and what to do.
OPEN_INPUT = "the input is open, so MACs and memory are not known: add `--vary input=224`"


def nothing_left(swept: Swept, place: Span) -> Diagnostic | None:
    """The finding that no variant is left for the table; None where there are some."""
    counts = swept.counts
    if counts.rows:
        return None
    refused = next((one.refusal for one in swept.variants if one.refusal is not None), None)
    message = f"none of {counts.tried:,} variants links"
    if counts.excluded:
        message = f"`--where` leaves none of {counts.tried - counts.refused:,} variants that link"
        helps = ["give it other bounds"]
        if any(one.figures is not None and one.figures.macs is None for one in swept.variants):
            helps = [OPEN_INPUT]
        return finding("E0934", message, place, *helps)
    notes = () if refused is None else (f"{refused.place}: {refused.code}: {refused.message}",)
    return finding("E0934", message, place, "vary less, or other knobs", notes=notes)
