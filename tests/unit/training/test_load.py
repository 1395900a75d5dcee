"""Recipes from text: what they say, what they inherit, and what is built in."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from recipes import recipe

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.language import recipe_forms as forms
from inceptionspec.frontend.language.form import KIND, Choice, Form, Section
from inceptionspec.frontend.reading.spec_files import RECIPES, SPECS, builtin_names
from inceptionspec.training import recipe as tree
from inceptionspec.training.recipes.build import OPTIMIZERS, SCHEDULES
from inceptionspec.training.recipes.load import load_recipe

NAMES = builtin_names(RECIPES)


def test_the_built_in_recipes_are_there_and_no_spec_has_their_names() -> None:
    assert set(NAMES) == {
        "inception_v1_2014", "bn_inception_2015", "inception_v3_2015", "inception_resnet_2016",
        "xception_2016", "modern", "fine_tune", "quick",
    }  # fmt: skip
    assert not set(NAMES) & set(builtin_names(SPECS))


@pytest.mark.parametrize("name", NAMES)
def test_a_built_in_recipe_names_its_sources(name: str) -> None:
    read = load_recipe(name)
    assert read.doc
    assert read.sources
    assert read.phases


def test_the_recipe_of_2014_is_the_papers() -> None:
    read = load_recipe("inception_v1_2014")
    (phase,) = read.phases
    assert phase.optimizer == tree.Sgd(0.9)
    assert phase.schedule == tree.Exponential(0.0015, 0.96, tree.Duration(8, "epochs"))
    assert read.loss.auxiliary == 0.3
    assert read.augmentation.crop == tree.Crop((0.08, 1), (3 / 4, 4 / 3))
    assert read.augmentation.mirror
    assert read.augmentation.color == "full"
    assert (read.members, read.evaluation.crops) == (7, 144)
    assert read.averaging == tree.Averaging("uniform")


def test_the_recipe_of_2015_says_what_batch_norm_changes() -> None:
    old, new = load_recipe("inception_v1_2014"), load_recipe("bn_inception_2015")
    before, after = old.phases[0].schedule, new.phases[0].schedule
    assert isinstance(before, tree.Exponential)
    assert isinstance(after, tree.Exponential)
    assert after.rate == pytest.approx(5 * before.rate)
    assert before.every.amount == pytest.approx(6 * after.every.amount)
    assert new.dropout == 0
    assert new.weight_decay == tree.WeightDecay("spec", 0.2)
    assert (old.augmentation.color, new.augmentation.color) == ("full", "fast")
    assert (old.shuffle, new.shuffle) == ("once", "every_epoch")
    assert new.augmentation == dataclasses.replace(old.augmentation, color="fast")


def test_the_recipe_of_v3_is_the_papers() -> None:
    read = load_recipe("inception_v3_2015")
    (phase,) = read.phases
    assert (read.batch, phase.epochs) == (50 * 32, 100)
    assert phase.optimizer == tree.RmsProp(0.9, 0.9, 1.0, 1.0)
    assert phase.schedule == tree.Exponential(0.045, 0.94, tree.Duration(2, "epochs"))
    assert read.clip == tree.Clip("global_norm", 2)
    assert read.loss.label_smoothing == 0.1
    assert read.averaging == tree.Averaging("exponential", 0.9999)
    residual = load_recipe("inception_resnet_2016")
    assert (residual.batch, residual.clip) == (20 * 32, None)
    assert residual.phases == read.phases


def test_fine_tuning_has_two_phases_of_one_optimizer() -> None:
    read = load_recipe("fine_tune")
    first, second = read.phases
    assert first.freeze == tree.Selection("body")
    assert not second.freeze
    assert first.optimizer == second.optimizer == tree.Adam()
    assert first.freeze_norms
    assert second.freeze_norms
    assert second.schedule.rate == pytest.approx(first.schedule.rate / 100)
    assert read.initial_weights == tree.InitialWeights("given", tree.Selection("heads"))
    assert read.epochs == 20


def test_a_variant_lays_its_keys_over_its_base() -> None:
    base, read = load_recipe("quick"), recipe("schedule: {rate: 0.5}\nbatch: 8")
    assert read.phases[0].schedule == tree.Cosine(0.5)
    assert (read.batch, read.name, read.doc) == (8, "t", "")
    assert read.phases[0].optimizer == base.phases[0].optimizer
    assert read.sources == base.sources


def test_another_kind_replaces_the_section() -> None:
    read = recipe("optimizer: {kind: sgd, momentum: 0.5}", extends="inception_v3_2015")
    assert read.phases[0].optimizer == tree.Sgd(0.5)
    assert recipe("clip: none\naveraging: none", extends="inception_v3_2015").clip is None


def test_a_recipe_extends_a_file_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("recipe: 1\nextends: quick\nname: base\nbatch: 64\n")
    mine = tmp_path / "mine.yaml"
    mine.write_text("recipe: 1\nextends: base.yaml\nname: mine\nepochs: 3\n")
    read = load_recipe(str(mine))
    assert (read.batch, read.epochs, read.name) == (64, 3, "mine")
    (tmp_path / "base.yaml").write_text("recipe: 1\nextends: quick\nname: base\nbatch: 0\n")
    with pytest.raises(SpecError) as caught:
        load_recipe(str(mine))
    (found,) = caught.value.findings
    assert found.primary.span.source.name.endswith("base.yaml")
    assert found.labels[0].text == "extended here"


def test_every_key_of_a_form_is_a_field_of_the_tree() -> None:
    """So that no key is read and then lost."""
    pairs: list[tuple[Form, type]] = [
        (forms.WARMUP, tree.Warmup), (forms.CROP, tree.Crop), (forms.SCALING, tree.Scaling),
        (forms.RAND_AUGMENT, tree.RandAugment), (forms.AUGMENTATION, tree.Augmentation),
        (forms.EVALUATION, tree.Evaluation), (forms.PHASE, tree.Phase),
        (forms.LOSS_FORM, tree.Loss),
    ]  # fmt: skip
    for choice, kinds in ((forms.OPTIMIZER, OPTIMIZERS), (forms.SCHEDULE, SCHEDULES)):
        assert set(choice.forms) == set(kinds)
        pairs += [(choice.forms[kind], kinds[kind]) for kind in kinds]
    for form, made in pairs:
        assert set(form.fields) - {KIND} == fields(made) - {KIND}, form.title
    for choice, made in (
        (forms.CLIP, tree.Clip), (forms.AVERAGING, tree.Averaging),
        (forms.WEIGHT_DECAY, tree.WeightDecay),
    ):  # fmt: skip
        keys = {key for form in choice.forms.values() for key in form.fields}
        assert keys == fields(made)
    assert set(forms.HEAD_LOSS.fields) == fields(tree.HeadLoss) - {"name"}
    own = {forms.KEY, "extends", *forms.PHASE.fields} - {"name"}
    assert set(forms.RECIPE.fields) - own == fields(tree.Recipe) - {"places"}


def fields(made: type) -> set[str]:
    return {field.name for field in dataclasses.fields(made)}


def test_what_is_left_out_is_the_default_that_the_form_promises() -> None:
    """Each `... unless given` in the words for editors is what the tree has."""
    read = recipe("optimizer: {kind: rmsprop}\naugmentation: {rand_augment: {}, crop: {}}")
    assert read.phases[0].optimizer == tree.RmsProp(0.9, 0.0, 1e-7, 1.0)
    assert read.augmentation.rand_augment == tree.RandAugment(2, 0.5)
    assert (read.loss.kind, read.shuffle, read.precision) == ("softmax", "every_epoch", "float32")
    assert read.scaling == tree.Scaling("sqrt", "power")
    assert (read.seed, read.members, read.evaluation) == (0, 1, tree.Evaluation(1, 1))
    assert read.weight_decay == tree.WeightDecay("spec", 1)


def test_numbers_may_be_fractions() -> None:
    text = "augmentation: {crop: {aspect: [1/2, 2]}}\nschedule: {warmup: {length: 1/3 epochs}}"
    read = recipe(text)
    assert read.augmentation.crop == tree.Crop((0.7, 1.0), (0.5, 2.0))
    warmup = read.phases[0].schedule.warmup
    assert warmup is not None
    assert warmup.length == tree.Duration(1 / 3, "epochs")


def test_places_are_those_of_the_text() -> None:
    read = recipe("loss: {heads: {Aux: 0.5, Logits: {weight: 2, label_smoothing: 0}}}")
    assert read.loss.of("Aux") == tree.HeadLoss("Aux", 0.5)
    assert read.loss.of("Logits") == tree.HeadLoss("Logits", 2, 0)
    assert read.loss.of("None") == tree.HeadLoss("None")
    span = read.places["loss.heads.Aux"]
    assert (span.line, span.column, span.end_column) == (4, 16, 19)


def test_a_network_is_no_recipe() -> None:
    with pytest.raises(SpecError) as caught:
        load_recipe(Source("net.yaml", "spec: 1\nname: N\n"))
    assert caught.value.findings[0].helps == (
        "this is a network: name a file that starts with `recipe`",
    )


def test_no_form_of_a_choice_shares_a_kind() -> None:
    for field in forms.RECIPE.fields.values():
        if isinstance(field.value, Choice):
            for kind, form in field.value.forms.items():
                assert form.fields[KIND].value.schema == {"enum": [kind]}  # type: ignore[union-attr]
        elif isinstance(field.value, Section):
            assert KIND not in field.value.form.fields or field.value.form is forms.LOSS_FORM
