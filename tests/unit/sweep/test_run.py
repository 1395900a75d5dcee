"""Sweeps from a request to rows: their order, their journal, and what is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pytest

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Source, external
from inceptionspec.reports.sweep.table import sweep_table
from inceptionspec.sweep.bases import OpenBase, open_base_spec
from inceptionspec.sweep.evaluate import Outcome
from inceptionspec.sweep.journal import journal_path
from inceptionspec.sweep.knobs import find_knobs, parse_setting
from inceptionspec.sweep.records import Objective, Swept
from inceptionspec.sweep.run import OPEN_INPUT, Request, nothing_left, run
from inceptionspec.sweep.share import Share
from inceptionspec.sweep.teams import Alone, in_order

TEXT = """
spec: 1
name: small
input: {size: 32x32, channels: 3}
args: {wide: 8, idle: 1, rate: 0.5}
network:
  - {op: conv, name: one, kernel: 3x3, filters: $wide, stride: 2, padding: valid}
  - {op: conv, name: two, kernel: 3x3, filters: 24, stride: 2, padding: valid}
  - {op: dropout, rate: $rate}
  - {op: global_avg_pool}
  - {op: dense, units: 10}
"""


@pytest.fixture(scope="module")
def base() -> OpenBase:
    return open_base_spec("small.yaml", Source("small.yaml", TEXT.lstrip()))


def request_of(base: OpenBase, *settings: str, **more: Any) -> Request:
    bases = (base,)
    return Request(bases, find_knobs(list(map(parse_setting, settings)), bases), **more)


def rows(swept: Swept) -> list[tuple[tuple[str, ...], str]]:
    return [(tuple(one.values.values()), one.network or "") for one in swept.variants]


class Dying:
    """A team that ends after some shares, as a killed process does."""

    def __init__(self, request: Request, after: int) -> None:
        self.team = Alone(request.task)
        self.after = after

    def answers(self, shares: Iterable[Share]) -> Iterator[list[Outcome]]:
        for number, answer in enumerate(self.team.answers(shares)):
            if number == self.after:
                raise KeyboardInterrupt
            yield answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass


def test_a_grid_is_tried_in_order_the_last_knob_first(base: OpenBase) -> None:
    swept = run(request_of(base, "width=0.5,1", "wide=24,32"))
    assert [values for values, _ in rows(swept)] == [
        ("0.5", "24"), ("0.5", "32"), ("1", "24"), ("1", "32"),
    ]  # fmt: skip
    assert swept.counts.space == swept.counts.tried == 4
    assert [one.number for one in swept.variants] == [1, 2, 3, 4]
    assert rows(swept) == rows(swept)  # can be gone through again


def test_the_same_network_is_one_row(base: OpenBase) -> None:
    swept = run(request_of(base, "idle=1..3", "wide=8,16"))
    assert [one.repeats for one in swept.variants] == [None, None, 1, 2, 1, 2]
    assert (swept.counts.rows, swept.counts.repeated) == (2, 4)
    assert [one.number for one in swept.shown] == [1, 2]


def test_what_does_not_link_is_counted_and_the_sweep_goes_on(base: OpenBase) -> None:
    swept = run(request_of(base, "input=1,3,32", "wide=8,x"))
    counts = swept.counts
    assert (counts.tried, counts.refused, counts.rows) == (6, 5, 1)
    assert counts.codes == {"E0306": 3, "E0401": 2}
    refusals = [one.refusal for one in swept.variants]
    assert refusals[-2] is None
    assert refusals[0] is not None
    assert refusals[0].place.startswith("small.yaml:")
    assert nothing_left(swept, external("here")) is None


def test_nothing_that_links_is_a_finding(base: OpenBase) -> None:
    swept = run(request_of(base, "input=1,2"))
    finding = nothing_left(swept, external("here"))
    assert finding is not None
    assert finding.code == "E0934"
    assert finding.message == "none of 2 variants links"
    swept = run(request_of(base, "input=32", where="params < 1"))
    finding = nothing_left(swept, external("here"))
    assert finding is not None
    assert finding.message == "`--where` leaves none of 1 variants that link"


def test_bounds_on_what_an_open_input_leaves_unknown_say_so() -> None:
    text = TEXT.replace("32x32", "any").lstrip()
    base = open_base_spec("open.yaml", Source("open.yaml", text))
    swept = run(request_of(base, "wide=8,9", where="macs < 1G"))
    finding = nothing_left(swept, external("specbuild sweep"))
    assert finding is not None
    assert finding.helps == (OPEN_INPUT,)
    assert OPEN_INPUT in sweep_table(run(request_of(base, "wide=8,9"))).foot
    followed = run(request_of(base, "wide=8,9", "input=224", where="macs < 1G"))
    assert followed.counts.rows == 2
    assert OPEN_INPUT not in sweep_table(followed).foot


def test_constraints_leave_out_and_the_front_is_of_the_rest(base: OpenBase) -> None:
    swept = run(request_of(base, "wide=8..32:8", where="params > 3000"))
    kept = [one for one in swept.variants if one.admitted]
    assert 0 < len(kept) < 4
    assert swept.counts.excluded == 4 - len(kept)
    assert [one.number for one in swept.front] == [kept[0].number]


def test_a_front_of_two_ends(base: OpenBase) -> None:
    objectives = (Objective("macs"), Objective("params", most=True))
    swept = run(request_of(base, "wide=8..32:8", "input=32,40", objectives=objectives))
    macs = [one.figure("macs") for one in swept.front]
    params = [one.figure("params") for one in swept.front]
    assert len(macs) == 4
    assert macs == sorted(macs)
    assert params == sorted(params)
    assert all(one.values["input"] == "32" for one in swept.front)


def test_a_sample_is_the_same_for_the_same_seed(base: OpenBase) -> None:
    def sample(seed: int, amount: int = 20) -> list[tuple[str, ...]]:
        request = request_of(
            base, "wide=1..99", "input=20..99", method="sample", amount=amount, seed=seed
        )
        return [values for values, _ in rows(run(request))]

    assert sample(1) == sample(1)
    assert sample(1) != sample(2)
    assert len(set(sample(3))) == 20
    small = request_of(base, "wide=1..3", method="sample", amount=20)
    assert [values for values, _ in rows(run(small))] == [("1",), ("2",), ("3",)]


def test_an_evolution_finds_the_front_of_the_grid(base: OpenBase) -> None:
    objectives = (Objective("macs"), Objective("field", most=True), Objective("params", most=True))
    settings = ("wide=1..40", "input=20..60:4", "width=0.5..1:0.1")
    request = request_of(
        base, *settings, method="evolution", amount=600, seed=4, objectives=objectives
    )
    evolved, again = run(request), run(request)
    assert rows(evolved) == rows(again)
    values = [values for values, _ in rows(evolved)]
    assert len(values) == len(set(values)) == 600
    whole = {one.network for one in run(request_of(base, *settings, objectives=objectives)).front}
    found = {one.network for one in evolved.front}
    assert len(found & whole) > 0.6 * len(found)
    smaller = request_of(base, "wide=1..3", method="evolution", amount=600)
    assert len(rows(run(smaller))) == 3


@pytest.mark.parametrize("method", ["grid", "sample", "evolution"])
def test_an_interrupted_sweep_goes_on_and_ends_in_the_same_bytes(
    base: OpenBase, tmp_path: Path, method: str
) -> None:
    more: dict[str, Any] = {"method": method}
    if method != "grid":
        more |= {"amount": 350, "seed": 7}
    settings = ("wide=1..40", "input=3..30:3")
    whole = request_of(base, *settings, folder=str(tmp_path / "whole"), **more)
    expected = run(whole)
    cut = request_of(base, *settings, folder=str(tmp_path / "cut"), **more)
    with pytest.raises(KeyboardInterrupt):
        run(cut, team=Dying(cut, 2))
    path = journal_path(str(tmp_path / "cut"))
    journal = path.read_bytes()
    assert 10 < journal.count(b"\n") < expected.counts.tried
    for kept in (len(journal), len(journal) - 7, len(journal) - journal[::-1].index(b"\n", 1) + 3):
        path.write_bytes(journal[:kept])
        again = run(cut)
        whole_bytes = journal_path(str(tmp_path / "whole")).read_bytes()
        assert path.read_bytes() == whole_bytes
        assert again.counts == expected.counts
        assert [one.number for one in again.front] == [one.number for one in expected.front]
        assert again.shown == expected.shown


def test_the_journal_of_another_sweep_is_refused_and_stays(base: OpenBase, tmp_path: Path) -> None:
    folder = str(tmp_path / "found")
    run(request_of(base, "wide=8", folder=folder))
    path = journal_path(folder)
    before = path.read_bytes()
    others: Sequence[tuple[tuple[str, ...], dict[str, Any], str]] = (
        (("wide=9",), {}, "its knobs differ"),
        (("wide=8",), {"where": "params > 1"}, "its constraints differ"),
        (("wide=8",), {"method": "sample", "amount": 1}, "its ways of choosing variants differ"),
    )
    for settings, more, words in others:
        with pytest.raises(SpecError) as error:
            run(request_of(base, *settings, folder=folder, **more))
        (finding,) = error.value.findings
        assert finding.code == "E0935"
        assert finding.message.endswith(words)
        assert path.read_bytes() == before
    path.write_bytes(before.replace(b'"specbuild":"', b'"specbuild":"9', 1))
    with pytest.raises(SpecError, match="E0935"):
        run(request_of(base, "wide=8", folder=folder))
    path.write_bytes(b"something else\n")
    for text in (b"something else\n", b"[" * 100_000 + b"\n"):
        path.write_bytes(text)
        with pytest.raises(SpecError, match="is no journal of a sweep"):
            run(request_of(base, "wide=8", folder=folder))
        assert path.read_bytes() == text


def test_two_sweeps_into_one_folder_do_not_mix(base: OpenBase, tmp_path: Path) -> None:
    request = request_of(base, "wide=1..250", folder=str(tmp_path / "found"))

    class Second(Alone):
        def answers(self, shares: Iterable[Share]) -> Iterator[list[Outcome]]:
            for number, answer in enumerate(super().answers(shares)):
                if number == 1:
                    before = path.read_bytes()
                    with pytest.raises(SpecError, match="another sweep writes to") as error:
                        run(request)
                    assert error.value.findings[0].code == "E0935"
                    assert path.read_bytes() == before
                yield answer

    path = journal_path(str(tmp_path / "found"))
    first = run(request, team=Second(request.task))
    assert first.counts.tried == 250
    assert rows(run(request)) == rows(first)


@pytest.mark.parametrize("row", ["[]", "[1", "[[7],null,[],[],0,0,0]", "[[0],1,0,0,0,0,null]"])
def test_a_broken_line_of_a_journal_is_a_finding(base: OpenBase, tmp_path: Path, row: str) -> None:
    folder = str(tmp_path / "found")
    run(request_of(base, "wide=8,9", folder=folder))
    path = journal_path(folder)
    heading, first, _ = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f"{heading}\n{first}\n{row}\n", encoding="utf-8")
    with pytest.raises(SpecError, match=r"line 3 of `.*` is broken") as error:
        run(request_of(base, "wide=8,9", folder=folder))
    assert error.value.findings[0].code == "E0935"
    path.unlink()
    assert run(request_of(base, "wide=8,9", folder=folder)).counts.tried == 2


def test_a_grid_of_a_trillion_is_refused_and_a_sample_of_it_is_not(base: OpenBase) -> None:
    settings = ("wide=1..10000", "idle=1..10000", "input=20..10019")
    with pytest.raises(SpecError) as error:
        run(request_of(base, *settings))
    (finding,) = error.value.findings
    assert finding.code == "E0932"
    assert "1,000,000,000,000 variants" in finding.message
    swept = run(request_of(base, *settings, method="sample", amount=5))
    assert swept.counts.tried == 5
    assert swept.counts.space == 10**12


def test_a_full_disk_keeps_what_was_tried(base: OpenBase, tmp_path: Path) -> None:
    class Full:
        name = "journal"

        def write(self, data: bytes) -> int:
            raise OSError(28, "No space left on device")

        def seek(self, *position: int) -> int:
            return 0

    request = request_of(base, "wide=1..250", folder=str(tmp_path / "found"))
    team = Alone(request.task)

    class Filling(Alone):
        def answers(self, shares: Iterable[Share]) -> Iterator[list[Outcome]]:
            for number, answer in enumerate(team.answers(shares)):
                if number == 2:
                    monkeypatch.setattr(
                        "inceptionspec.sweep.journal._line", lambda row: Full().write(b"")
                    )
                yield answer

    with pytest.MonkeyPatch.context() as monkeypatch:
        with pytest.raises(SpecError) as error:
            run(request, team=Filling(request.task))
        assert error.value.findings[0].code == "E0803"
        assert "no space left on device" in error.value.findings[0].message
    assert run(request).counts.tried == 250


def test_answers_are_in_the_order_of_shares_and_few_wait(base: OpenBase) -> None:
    from concurrent.futures import Future

    waiting: list[tuple[Share, Future[list[Outcome]]]] = []

    def submit(share: Share) -> Future[list[Outcome]]:
        future: Future[list[Outcome]] = Future()
        waiting.append((share, future))
        if len(waiting) % 3 == 0:  # the latest is done first
            for one, other in reversed(waiting[-3:]):
                other.set_result([Outcome(None, network=str(one[0]))])
        return future

    shares = [((number,),) for number in range(12)]
    answers = in_order(shares, submit, 3)
    assert [answer[0].network for answer in answers] == [str(share[0]) for share in shares]
    assert len(waiting) == 12
