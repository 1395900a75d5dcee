"""Variants on the front as specs: few lines, the same network, bases that come along."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from support import ROOT
from sweeps import SMALL, Made, sweep_of

import inceptionspec
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Source, external
from inceptionspec.frontend.formatting.canonical import formatted
from inceptionspec.sweep.front_specs import refuse_other_folder, write_front

PLACE = external("--specs front")
SETTINGS = ("width=0.5,1", "input=128,160", "Mixed_6b.filters_7=64,128", "classes=10")


def written(made: Made, folder: Path) -> list[Path]:
    write_front(made.writer.specs(made.swept.front), str(folder), PLACE)
    return sorted(folder.glob("*.yaml"))


def test_a_variant_of_a_built_in_spec_is_a_few_lines(tmp_path: Path) -> None:
    made = sweep_of(["inception_v3"], SETTINGS, ("macs", "params:max"))
    front = {variant.number: variant for variant in made.swept.front}
    assert len(front) > 2
    files = written(made, tmp_path / "front")
    assert len(files) == len(front)
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert formatted(Source(str(file), text)) == text
        network = inceptionspec.load(str(file))
        variant = front[int(file.stem.rpartition("_")[2])]
        assert variant.figures is not None
        assert network.digests["network"] == variant.network
        assert (network.params, network.macs) == (variant.figures.params, variant.figures.macs)
        assert f"# {variant.figures.macs:,} MACs, {variant.figures.params:,} parameters" in text
        assert not network.check().errors
    narrow = next(text for text in map(Path.read_text, files) if "width:" in text)
    assert narrow.splitlines()[2:] == [
        "spec: 1",
        "extends: inception_v3",
        f"name: {narrow.splitlines()[4].split()[1]}",
        f"input: {{size: {narrow.split('size: ')[1][:7]}}}",
        "width: {factor: 0.5}",
        "args: {classes: 10}",
        "override:",
        f"  Mixed_6b: {{with: {{filters_7: {narrow.split('filters_7: ')[1].split('}')[0]}}}}}",
    ]


@pytest.mark.parametrize(
    ("settings", "keys"),
    [
        (("Mixed_6[b-e].filters_7=96",), ["Mixed_6[b-e]"]),
        # The reductions Mixed_6a and Mixed_7a have no such argument.
        (("Mixed_6*.filters_7=96",), ["Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"]),
        (
            ("Mixed_6[bc].filters_7=96", "Mixed_6[cd].filters_7=64"),
            ["Mixed_6b", "Mixed_6c", "Mixed_6d"],
        ),
    ],
)
def test_a_pattern_is_the_key_where_it_means_the_same(
    settings: tuple[str, ...], keys: list[str], tmp_path: Path
) -> None:
    made = sweep_of(["inception_v3"], settings, ("macs", "params"))
    if not made.swept.front:  # two knobs for one path do not go together
        assert made.swept.counts.refused == 1
        return
    (file,) = written(made, tmp_path / "front")
    lines = file.read_text(encoding="utf-8").split("override:\n")[1].splitlines()
    assert [line.split(":")[0].strip() for line in lines] == keys
    digest = made.swept.front[0].network
    assert inceptionspec.load(str(file)).digests["network"] == digest


def test_a_base_that_is_a_file_is_copied_with_what_it_extends(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "small.yaml").write_text(SMALL, encoding="utf-8")
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "spec: 1\nextends: parts/small.yaml\nname: Mine\nargs: {classes: 5}\n", encoding="utf-8"
    )
    made = sweep_of([str(mine)], ("width=0.5,1", "Pair.wide=8,16"), ("macs", "params:max"))
    files = written(made, tmp_path / "front")
    mine.unlink()
    (tmp_path / "parts" / "small.yaml").unlink()
    by_number = {variant.number: variant.network for variant in made.swept.front}
    assert files
    for file in files:
        number = int(file.stem.rpartition("_")[2])
        assert "extends: base/mine.yaml" in file.read_text(encoding="utf-8")
        assert inceptionspec.load(str(file)).digests["network"] == by_number[number]


MOVES = "none,squeeze-excite@blocks.inception_a,separable@Mixed_7*/*/*,halve-input"


@pytest.mark.parametrize(
    ("more", "copies"),
    [
        (("classes=10,20",), set()),
        (("input=151",), {"InceptionV3.halve_input.yaml"}),  # the move says `input`, too
        (
            ("Mixed_6b.filters_7=96", "input=151"),
            {
                "InceptionV3.squeeze_excite_blocks_inception_a.yaml",
                "InceptionV3.separable_Mixed_7.yaml",
                "InceptionV3.halve_input.yaml",
            },
        ),
    ],
)
def test_a_move_of_a_built_in_spec_is_in_the_same_file_where_it_can(
    more: tuple[str, ...], copies: set[str], tmp_path: Path
) -> None:
    settings = (f"move={MOVES}", "width=0.5,1", *more)
    made = sweep_of(["inception_v3"], settings, ("macs", "params:max"), top=None)
    rows = {variant.number: variant for variant in made.swept.shown}
    assert {variant.values["move"] for variant in rows.values()} == set(MOVES.split(","))
    specs = made.writer.specs(made.swept.shown)
    write_front(specs, str(tmp_path / "front"), PLACE)
    assert {Path(path).name for path in specs.bases} == copies
    for spec in specs.specs:
        network = inceptionspec.load(str(tmp_path / "front" / spec.file))
        figures = spec.variant.figures
        assert figures is not None
        assert network.digests["network"] == spec.variant.network
        assert made.writer.load(spec).digests["network"] == spec.variant.network
        assert (network.params, network.macs) == (figures.params, figures.macs)
        assert formatted(Source(spec.file, spec.text)) == spec.text
        assert not network.check().errors
    saved = tmp_path / "saved.yaml"
    move = inceptionspec.load("inception_v3").move("halve-input", name="InceptionV3")
    move.save(saved)
    for path, text in specs.bases.items():
        assert "halve_input" not in path or text == saved.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "moved"),
    [
        ("mine.yaml", "Small.squeeze_excite_Pair.yaml"),
        ("Small.squeeze_excite_Pair.yaml", "moved.Small.squeeze_excite_Pair.yaml"),
    ],
)
def test_a_move_of_a_file_extends_its_copy(tmp_path: Path, name: str, moved: str) -> None:
    mine = tmp_path / name
    mine.write_text(SMALL, encoding="utf-8")
    settings = ("move=squeeze-excite@Pair", "width=0.5,1", "Pair.wide=8,16")
    made = sweep_of([str(mine)], settings, ("macs", "params:max"))
    by_number = {variant.number: variant.network for variant in made.swept.front}
    files = written(made, tmp_path / "front")
    mine.unlink()
    assert files
    for file in files:
        number = int(file.stem.rpartition("_")[2])
        assert f"extends: base/{moved}" in file.read_text(encoding="utf-8")
        assert inceptionspec.load(str(file)).digests["network"] == by_number[number]


def test_bases_of_the_same_name_stay_apart(tmp_path: Path) -> None:
    paths = []
    for number, wide in enumerate((24, 48)):
        (tmp_path / str(number)).mkdir()
        path = tmp_path / str(number) / "small.yaml"
        path.write_text(SMALL.replace("wide: 24", f"wide: {wide}"), encoding="utf-8")
        paths.append(str(path))
    settings = (f"spec={','.join(paths)}", "width=0.5,1")
    made = sweep_of(paths, settings, ("macs", "params:max"))
    assert {made.writer.base_of(variant) for variant in made.swept.front} == {0, 1}
    by_number = {variant.number: variant.network for variant in made.swept.front}
    for file in written(made, tmp_path / "front"):
        number = int(file.stem.rpartition("_")[2])
        assert inceptionspec.load(str(file)).digests["network"] == by_number[number]


def test_the_folder_is_replaced_and_no_other_one(tmp_path: Path) -> None:
    made = sweep_of(["squeezenet"], ("width=0.5,1",), ("macs", "params:max"))
    folder = tmp_path / "front"
    first = written(made, folder)
    assert written(made, folder) == first
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        write_front(made.writer.specs(made.swept.front), str(folder), PLACE)
    (found,) = caught.value.findings
    assert found.code == "E0941"
    assert "notes.txt" in found.message
    (folder / "notes.txt").unlink()
    (folder / "other.yaml").write_text(SMALL, encoding="utf-8")
    with pytest.raises(SpecError, match=r"other\.yaml"):
        refuse_other_folder(str(folder), PLACE)
    assert (folder / "other.yaml").read_text(encoding="utf-8") == SMALL
    (tmp_path / "theirs" / "base").mkdir(parents=True)
    with pytest.raises(SpecError, match="holds `base`"):
        refuse_other_folder(str(tmp_path / "theirs"), PLACE)
    with pytest.raises(SpecError, match="which is varied"):
        refuse_other_folder(str(folder), PLACE, [first[0]])
    with pytest.raises(SpecError) as caught:
        refuse_other_folder(str(first[0]), PLACE)
    assert caught.value.findings[0].code == "E0941"
    with pytest.raises(SpecError, match="the name of the folder is empty"):
        refuse_other_folder("", PLACE)


def test_a_base_from_standard_input_comes_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(SMALL.encode())))
    made = sweep_of(["-"], ("width=0.5,1",), ("macs", "params"))
    files = written(made, tmp_path / "front")
    assert files
    for file in files:
        assert inceptionspec.load(str(file)).digests["network"] in {
            variant.network for variant in made.swept.front
        }


def test_names_of_bases_never_leave_the_folder_or_the_comment(tmp_path: Path) -> None:
    text = SMALL.replace("name: Small", 'name: "../a b\\u202ec"')
    path = tmp_path / "odd.yaml"
    path.write_text(text, encoding="utf-8")
    made = sweep_of([str(path)], ("width=0.5",), ("macs", "params"))
    (file,) = written(made, tmp_path / "front")
    assert file.parent == tmp_path / "front"
    assert chr(0x202E) not in file.read_text(encoding="utf-8")
    assert ROOT not in file.parents
