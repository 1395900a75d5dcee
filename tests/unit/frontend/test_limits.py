"""Limits: each is met before anything large is built, and a flag raises it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from support import CORPUS, codes, findings, spec

from inceptionspec import load
from inceptionspec.checks.contracts import broken_contracts
from inceptionspec.cli.program import run
from inceptionspec.diagnostics.limits import DEEPEST, DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.source import Source
from inceptionspec.diagnostics.suggest import did_you_mean, listed, suggested
from inceptionspec.frontend.load import load_spec
from inceptionspec.frontend.reading.document import scalar_value
from inceptionspec.frontend.reading.spec_files import open_spec

MANY = "9" * 5_000
MOST = DEFAULT_LIMITS.findings


def end(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = run(words)
    said = capsys.readouterr()
    return code, said.out + said.err


# Numbers of very many digits


def test_a_number_of_thousands_of_digits_is_infinite() -> None:
    assert scalar_value(MANY) == float("inf")
    assert scalar_value(f"-{MANY}") == float("-inf")
    assert scalar_value(f"0o{'7' * 5_000}") == float("inf")
    assert scalar_value("9" * 4_000) == int("9" * 4_000)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["check", "vgg16", "--set", f"classes={MANY}"], 2),
        (["check", "vgg16", "--set", f"dropout={MANY}"], 2),
        (["check", "vgg16", "--set", "classes=1e400"], 2),
        (["check", "vgg16", "--limit", f"layers={MANY}"], 2),
        (["check", "vgg16", "--limit", "text=9999999999999999"], 2),
        (["check", "vgg16", "--limit", "text=999999999999999"], 0),
        (["check", "vgg16", "--limit", "layers=0"], 2),
        (["check", "vgg16", "--limit", f"depth={DEEPEST + 1}"], 2),
        (["check", "vgg16", "--limit", f"depth={DEEPEST}"], 0),
        (["check", "vgg16", "--limit", "layers=\u0665"], 2),
        (["check", "vgg16", "--input", f"{MANY}x1"], 2),
        (["check", "vgg16", "--input", "999999999x999999999"], 1),
        (["check", "vgg16", "--width", "1e400"], 2),
        (["check", "vgg16", "--width", "nan"], 2),
        (["check", "vgg16", "--min-filters", MANY], 2),
        (["check", "vgg16", "--width", "0.5", "--min-filters", "9" * 4_000], 2),
        (["summary", "vgg16", "--depth", MANY], 2),
        (["summary", "vgg16", "--depth", "0"], 2),
        (["check", f"{MANY}.yaml"], 2),
        (["check", "a" * 5_000], 2),
        (["check", "a\udcff.yaml"], 2),
        (["diff", "vgg16", f"{MANY}/x.yaml"], 2),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else None,
)
def test_huge_options_end_in_words(
    words: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    found, said = end(words, capsys)
    assert found == code, said[:500]
    assert "has a bug" not in said


def test_an_infinite_argument_is_one_finding(capsys: pytest.CaptureFixture[str]) -> None:
    for value in ("1e400", "-.inf", MANY):
        said = end(["check", "vgg16", "--set", f"classes={value}"], capsys)[1]
        assert said.count("error[") == 1
        assert "the argument `classes` must be finite" in said


# Findings


def test_that_a_stage_stopped_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few, many = tmp_path / "few.yaml", tmp_path / "many.yaml"
    few.write_text(spec("\n".join(f"- {{op: conv{n}}}" for n in range(MOST - 1))))
    many.write_text(spec("\n".join(f"- {{op: conv{n}}}" for n in range(MOST + 1))))
    note = (
        "so much is wrong that the check stopped at 1,000 findings: there may be more; "
        "`--limit findings=10000` goes on"
    )
    for file, complete in ((few, True), (many, False)):
        found = json.loads(end(["check", str(file), "--format", "json"], capsys)[1])
        assert found["complete"] is complete
        assert found["notes"] == ([] if complete else [note])
        assert len(found["findings"]) == MOST - complete
        for form in ("full", "concise", "github"):
            assert (note in end(["check", str(file), "--format", form], capsys)[1]) is not complete
    raised = end(["check", str(many), "--format", "json", "--limit", "findings=5000"], capsys)[1]
    assert (json.loads(raised)["complete"], len(json.loads(raised)["findings"])) == (True, MOST + 1)
    # A later stage says it too.
    lines = "\n".join(f"- {{op: conv, kernel: 1, filters: $n{n}}}" for n in range(1_500))
    many.write_text(spec(lines))
    assert note in end(["check", str(many)], capsys)[1]


def test_a_stage_stops_at_a_thousand_findings() -> None:
    lines = "\n".join(f"- {{op: conv{n}}}" for n in range(3_000))
    assert len(findings(spec(lines))) == MOST
    lines = "\n".join(f"- {{op: conv, kernel: 1, filters: $n{n}}}" for n in range(1_500))
    assert len(findings(spec(lines))) == MOST
    ends = "".join(f"  e{n}: nowhere_{n}\n" for n in range(1_500))
    assert len(findings(spec("- {op: flatten}", rest=f"end_points:\n{ends}"))) == MOST


def test_suggestions_stay_quick_and_lists_short() -> None:
    names = [f"layer_{n}" for n in range(50_000)]
    assert did_you_mean("layer_4999", names)
    assert did_you_mean("layr_7", names, earlier=range(20)) == ()
    assert suggested("layer_x", names, earlier=range(20)) == ((), ())
    assert did_you_mean("x" * 10_000, ["x" * 9_999]) == ()
    assert listed(names) == ", ".join(f"`layer_{n}`" for n in range(24)) + " and 49,976 more"


# What stands for much


def test_empty_branches_count_as_layers() -> None:
    branches = ", ".join(["[]"] * 200)
    text = spec("- {block: b, repeat: 100}", rest=f"blocks: {{b: {{branches: [{branches}]}}}}")
    assert codes(text) == ["E0505"]


def test_arguments_and_names_of_calls_count_as_steps() -> None:
    args = ", ".join(f"a{n}: {{type: int, default: 1}}" for n in range(500))
    given = ", ".join(f"a{n}: 1" for n in range(500))
    text = spec(
        "- {block: outer, repeat: 4000}",
        rest=f"blocks:\n  b: {{args: {{{args}}}, layers: []}}\n"
        f"  outer: {{layers: [{{block: b, with: {{{given}}}}}]}}\n",
    )
    (found,) = findings(text)
    assert found.code == "E0505"
    assert "500,000 steps" in found.message


def nested(calls: int, parts: int) -> str:
    opened, closed = "{layers: [" * parts, "]}" * parts
    blocks = "".join(
        f"  b{n}: {{layers: [{opened}{{block: b{n + 1}}}{closed}]}}\n" for n in range(calls)
    )
    last = f"  b{calls}: {{layers: [{{op: flatten}}]}}\n"
    return spec("- {block: b0}", rest=f"blocks:\n{blocks}{last}")


def test_calls_and_parts_are_counted_together() -> None:
    assert load(nested(10, 2)).graph.nodes
    assert codes(nested(11, 2)) == ["E0503"]
    deep = Source("deep.yaml", nested(20, 2))
    assert load_spec(deep, limits=Limits(depth=DEEPEST)).digests


def test_what_cannot_be_read_again_is_not_written_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "deep.yaml"
    written = tmp_path / "written.yaml"
    for depth in range(1, 32):
        file.write_text(nested(depth, 0))
        code, text = end(["show", "--expanded", str(file)], capsys)
        if code:
            break
        written.write_text(text)
        assert end(["diff", str(file), str(written)], capsys)[0] == 0
    assert depth > 10
    assert "error[E0503]: the expanded text nests lists and mappings more than 32 deep" in text
    assert f"{file}:" in text
    assert "called here" in text
    assert "is written out too deep" in text
    code, text = end(["show", "--expanded", str(file), "--limit", "depth=64"], capsys)
    assert code == 0
    written.write_text(text)
    assert end(["check", str(written)], capsys)[0] == 1
    assert end(["check", str(written), "--limit", "depth=64"], capsys)[0] == 0
    assert end(["show", "--path", "b0/b1", str(file)], capsys)[0] == 0


def test_what_is_written_out_too_deep_is_named_in_branches_and_heads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = "".join(
        f"  b{n}: {{branches: {{A: [{{block: b{n + 1}, name: C{n}}}], B: [{{op: conv, kernel: 1, "
        f"filters: 2}}]}}}}\n"
        for n in range(9)
    )
    file = tmp_path / "deep.yaml"
    blocks = f"blocks:\n{blocks}  b9: {{layers: [{{op: conv, kernel: 1, filters: 1}}]}}\n"
    head = "heads:\n  H: {from: Stem, layers: [{block: b0, name: Deep}]}\n"
    file.write_text(spec("- {op: conv, name: Stem, kernel: 1, filters: 1}", rest=blocks + head))
    code, text = end(["show", "--expanded", str(file)], capsys)
    assert code == 1
    assert "`H/Deep/A/C0/A/C1/A/C2" in text


def test_what_is_written_out_too_long_is_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "long.yaml"
    conv = "{op: conv, kernel: 1, filters: 1, name: a_rather_long_name_of_a_convolution}"
    file.write_text(spec("- {block: b, repeat: 4000}", rest=f"blocks: {{b: {{layers: [{conv}]}}}}"))
    code, text = end(["show", "--expanded", str(file)], capsys)
    assert code == 1
    assert "error[E0501]: the expanded text has" in text
    assert "--> --expanded" in text
    assert "`--path PATH`" in text
    more = ["--limit", "text=9999999", "--limit", "events=9999999"]
    code, text = end(["show", "--expanded", str(file), *more], capsys)
    assert code == 0
    written = tmp_path / "written.yaml"
    written.write_text(text)
    assert end(["check", str(written), *more], capsys)[0] == 0
    # The counts are the reader's own: at the limit it is written, one below it is not.
    for limit in ("text", "events", "depth"):
        file.write_text(
            spec("- {block: b, repeat: 2}", rest=f"blocks: {{b: {{layers: [{conv}]}}}}")
        )
        code, text = end(["show", "--expanded", str(file)], capsys)
        written.write_text(text)
        least = next(
            n
            for n in range(1, 2_000)
            if end(["check", str(written), "--limit", f"{limit}={n}"], capsys)[0] == 0
        )
        for most, ends in ((least, 0), (least - 1, 1)):
            words = ["show", "--expanded", str(file), "--limit", f"{limit}={most}"]
            assert end(words, capsys)[0] == ends, limit


def test_what_overrides_nest_is_counted_too(tmp_path: Path) -> None:
    part = "{layers: [" * 12 + "{op: flatten, name: NAME}" + "]}" * 12
    part = part.replace("{layers", "{name: p, layers")
    (tmp_path / "a.yaml").write_text(spec("- {op: flatten, name: x0}"))
    path = "x0"
    for number in range(1, 5):
        inner = part.replace("NAME", f"x{number}")
        (tmp_path / f"{chr(97 + number)}.yaml").write_text(
            f"spec: 1\nname: t\nextends: {chr(96 + number)}.yaml\n"
            f"override:\n  {path}: {{replace: [{inner}]}}\n"
        )
        # What stands in for one thing keeps its name.
        path = "/".join([*path.split("/")[:-1], *["p"] * 12, f"x{number}"])
    assert load(str(tmp_path / "c.yaml")).graph.nodes
    with pytest.raises(Exception, match="E0503"):
        load(str(tmp_path / "d.yaml"))


def test_the_depth_cannot_be_raised_without_end() -> None:
    with pytest.raises(ValueError, match="at most 64"):
        Limits(depth=65)


def test_a_chain_shares_the_limits_of_text_and_events(tmp_path: Path) -> None:
    sources = "sources: [" + "abcdefgh, " * 300 + "x]\n"
    (tmp_path / "a.yaml").write_text(spec("- {op: flatten}", rest=sources))
    (tmp_path / "b.yaml").write_text(f"spec: 1\nname: t\nextends: a.yaml\n{sources}")
    source = open_spec(str(tmp_path / "b.yaml"))
    assert load_spec(source).graph.nodes
    for limits, code in ((Limits(text=5_000), "E0501"), (Limits(events=500), "E0502")):
        with pytest.raises(Exception, match=code):
            load_spec(source, limits=limits)


def test_sides_stop_growing_after_the_first_that_is_too_long() -> None:
    line = "- {op: depthwise_conv, kernel: 1, depth_multiplier: 9007199254740992}\n"
    assert codes(spec(line * 400)) == ["E0506", "E0508"]


def test_fields_beyond_all_images_are_left_out() -> None:
    fields = [row.field for row in load(spec("- {op: max_pool, kernel: 1, stride: 99999999}\n" * 4))
              .summary().layers]  # fmt: skip
    assert [field is None for field in fields] == [False, False, True, True, True]


def test_contracts_of_heads_are_held_under_raised_limits() -> None:
    text = spec(
        "- {op: conv, kernel: 1, filters: 4}",
        size="70000x1",
        rest="heads:\n  H: {from: conv, layers: [{op: global_avg_pool}, {op: dense, units: 2}]}\n"
        "expect: {H: {params: 26, peak_activation_bytes: 1960000}}",
    )
    network = load_spec(Source("x.yaml", text), limits=Limits(dimension=100_000))
    assert broken_contracts(network) == []


def test_misfits_after_many_layers_are_named_without_a_long_search() -> None:
    trunk = "- {op: conv, kernel: 1, filters: 1}\n" * 2_000
    window = "[{op: conv, kernel: 99, filters: 1, padding: valid}]"
    found = findings(spec(trunk + f"- branches: [{', '.join([window] * 40)}]"))
    (one,) = found  # one cause: the input is too small for all of them
    assert one.code == "E0401"
    assert [label.text for label in one.labels] == [
        "the map is 16x16 here, too",
        "the map is 16x16 here, too",
        "the input is 16x16",
    ]
    assert one.notes == ("37 more want a larger map",)


def test_patterns_are_matched_in_time_that_grows_with_their_length(tmp_path: Path) -> None:
    names = "".join(f"- {{op: flatten, name: {'a' * 60}{n}}}\n" for n in range(50))
    (tmp_path / "a.yaml").write_text(spec(names))
    variant = "spec: 1\nname: t\nextends: a.yaml\noverride:\n"
    (tmp_path / "b.yaml").write_text(f'{variant}  "{"*a" * 25}*b": delete\n')
    with pytest.raises(Exception, match="matches nothing"):
        load(str(tmp_path / "b.yaml"))
    (tmp_path / "c.yaml").write_text(f'{variant}  "{"*a" * 25}*49": {{set: {{doc: found}}}}\n')
    network = load(str(tmp_path / "c.yaml"))
    assert [layer.path[-3:] for layer in network.loaded.flat.layers if "doc" in layer.item] == [
        "a49"
    ]


# What a terminal would act on


def test_what_acts_on_a_terminal_is_not_shown_as_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"spec: 1\nname: \x1b[31m\n")
    assert end(["show", str(file)], capsys)[0] == 1
    file.write_text(spec("- {op: flatten}", rest="doc: a\u202eb"))
    assert "\u202e" in end(["show", str(file)], capsys)[1]  # a pipe gets the file as it is
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    shown = end(["show", str(file)], capsys)[1]
    assert "\u202e" not in shown
    assert "\\u202e" in shown


def test_a_long_line_of_marks_is_cut_before_it_is_made_inert() -> None:
    text = spec("- [" + "\u202e" * 3_000 + "]")
    from inceptionspec.reports.findings.full import full

    shown = full(findings(text))
    assert max(map(len, shown.splitlines())) < 2_000
    assert "\u202e" not in shown


def test_the_committed_corpus_is_small() -> None:
    sizes = [path.stat().st_size for path in (CORPUS / "hostile").rglob("*")]
    assert max(sizes) < 60_000
