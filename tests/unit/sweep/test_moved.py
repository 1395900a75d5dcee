"""Moves as values of a knob: rows are those of the spec that `rewrite` writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from sweeps import SMALL, sweep_of

import inceptionspec
from inceptionspec.analysis.summary import summarize
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.load import load_spec
from inceptionspec.sweep.bases import open_base_spec
from inceptionspec.sweep.evaluate import Evaluator
from inceptionspec.sweep.journal import journal_path
from inceptionspec.sweep.knobs import parse_setting
from inceptionspec.sweep.moved import MOST_MOVED, moved_bases
from inceptionspec.sweep.request import Options, make_request
from inceptionspec.sweep.run import run
from inceptionspec.sweep.share import task_of, task_text

MOVES = {
    "squeeze-excite@blocks.inception_a": [("squeeze-excite", "blocks.inception_a")],
    "separable@Mixed_7*/*/*": [("separable", "Mixed_7*/*/*")],
    "two-3x3+separable@Mixed_7*/*/*": [("two-3x3", ""), ("separable", "Mixed_7*/*/*")],
}


def findings(spec: str, *settings: str) -> list[tuple[str, str, tuple[str, ...]]]:
    with pytest.raises(SpecError) as caught:
        make_request(spec, Options(tuple(map(parse_setting, settings))))
    return [(one.code, one.message, one.helps) for one in caught.value.findings]


def test_rows_are_those_of_what_rewrite_writes(tmp_path: Path) -> None:
    settings = (f"move=none,{','.join(MOVES)}", "width=0.5,1", "input=224", "Mixed_6b.filters_7=96")
    made = sweep_of(["inception_v3"], settings, ("macs", "params"), documents=True)
    assert [base.name for base in made.swept.bases] == ["InceptionV3"]
    assert made.swept.counts.rows == 8
    base = inceptionspec.load("inception_v3")
    for variant in made.swept.variants:
        moves = MOVES.get(variant.values["move"])
        extends = "inception_v3"
        if moves is not None:
            extends = "moved.yaml"
            base.move(moves, name="InceptionV3").save(tmp_path / extends)
        file = tmp_path / "variant.yaml"
        text = (
            f"spec: 1\nextends: {extends}\nname: InceptionV3\ninput: {{size: 224x224}}\n"
            f"width: {{factor: {variant.values['width']}}}\n"
            "override: {Mixed_6b: {with: {filters_7: 96}}}\n"
        )
        file.write_text(text, encoding="utf-8")
        loaded = load_spec(Source(str(file), text, file))
        summary = summarize(loaded)
        figures = variant.figures
        assert figures is not None
        assert (figures.params, figures.trainable_params) == summary.total[:2]
        assert (figures.macs, figures.flops) == summary.total[2:4]
        assert figures.memory == summary.peak_activation_bytes
        assert {"network": variant.network, "document": variant.document} == summary.digests


def test_where_a_move_does_not_qualify_variants_are_refused() -> None:
    made = sweep_of(
        ["inception_v3", "inception_v1"],
        ("spec=inception_v3,inception_v1", "move=none,separable@Mixed_7*/*/*", "width=0.5,1"),
        ("macs", "params"),
    )
    counts = made.swept.counts
    assert (counts.rows, counts.refused, counts.codes) == (6, 2, {"E0806": 2})
    refused = [variant for variant in made.swept.variants if variant.refusal is not None]
    assert {variant.values["spec"] for variant in refused} == {"inception_v1"}
    refusal = refused[0].refusal
    assert refusal is not None
    assert (refusal.place, refusal.line) == ("move=separable@Mixed_7*/*/*", None)
    left = sweep_of(["inception_v3"], ("move=none,separable@Mixed_5b",), ("macs", "params"))
    assert left.swept.counts.codes == {"E0950": 1}
    reason = next(one.refusal.message for one in left.swept.variants if one.refusal)
    assert "`Mixed_5b` matches qualifies" in reason
    assert "it is no layer" in reason


def test_a_task_takes_moved_bases_to_other_processes() -> None:
    settings = tuple(map(parse_setting, ("move=none,squeeze-excite@Mixed_5b,separable@Mixed_5b",)))
    task = make_request("inception_v3", Options(settings)).task
    assert task_of(task_text(task)) == task
    there = Evaluator(task_of(task_text(task)))
    outcomes = [there.outcome([value]) for value in settings[0].values]
    assert [outcome.refusal is None for outcome in outcomes] == [True, True, False]
    assert outcomes[0].network != outcomes[1].network


def test_a_sweep_file_names_moves_and_resumes_to_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    file = tmp_path / "sweep.yaml"
    file.write_text(
        "sweep: 1\nspec: small.yaml\nvary:\n  move: [none, squeeze-excite@Pair, separable@Pair]\n"
        "  Pair.wide: [8, 16]\n",
        encoding="utf-8",
    )
    whole, part = tmp_path / "whole", tmp_path / "part"
    swept = inceptionspec.run_sweep(file, out=whole)
    assert (swept.counts.rows, swept.counts.codes) == (4, {"E0950": 2})
    assert [variant.values["move"] for variant in swept.variants][2] == "squeeze-excite@Pair"
    assert '"squeeze-excite@Pair"' in (whole / "sweep.json").read_text(encoding="utf-8")
    assert "squeeze-excite@Pair" in (whole / "sweep.csv").read_text(encoding="utf-8")
    run(make_request(str(file), Options(out=str(part))))
    lines = journal_path(str(part)).read_bytes().splitlines(keepends=True)
    journal_path(str(part)).write_bytes(b"".join(lines[:4]))
    run(make_request(str(file), Options(out=str(part))))
    assert journal_path(str(part)).read_bytes() == b"".join(lines)
    journal_path(str(part)).write_bytes(b"".join(lines[:4]))
    inceptionspec.run_sweep(file, out=part)
    for name in ("sweep.json", "sweep.csv", "sweep.md"):
        assert (part / name).read_bytes() == (whole / name).read_bytes()


def test_moves_that_cannot_be() -> None:
    ((code, message, helps),) = findings("inception_v3", "move=seperable")
    assert (code, message) == ("E0806", "there is no move `seperable`")
    assert "did you mean `separable`?" in helps
    ((code, message, _),) = findings("inception_v3", "move=separable@Mixed_9*")
    assert (code, message) == ("E0806", "`Mixed_9*` matches nothing of the network")
    assert [code for code, _, _ in findings("inception_v3", "move=separable@")] == ["E0931"]
    assert [code for code, _, _ in findings("inception_v3", "move=none+separable")] == ["E0806"]
    ((code, message, _),) = findings("inception_v3", "move=none", "move=separable")
    assert (code, message) == ("E0931", "`move` is varied twice")
    assert "did you mean `move`?" in findings("inception_v3", "mvoe=none")[0][2]
    many = ",".join(f"separable@Mixed_{number}" for number in range(MOST_MOVED + 1))
    assert [code for code, _, _ in findings("inception_v3", f"move={many}")] == ["E0932"]


def test_a_base_that_is_no_file_cannot_be_moved() -> None:
    base = open_base_spec("-", Source("<stdin>", SMALL))
    with pytest.raises(SpecError) as caught:
        moved_bases([base], [parse_setting("move=none,separable")])
    assert [one.code for one in caught.value.findings] == ["E0313"]
    assert moved_bases([base], [parse_setting("move=none")]) == (base,)
