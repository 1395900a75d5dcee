"""Names of operations to layers, as Keras, plain functions and TensorFlow's optimizer give them."""

from __future__ import annotations

from inceptionspec.bench.tracing.owners import owners

PATHS = ("Stem", "Mix/Conv", "Mix/Conv_1", "Mix/concat", "Logits/Pool")


def test_scopes_of_keras() -> None:
    names = {
        "Net/Stem/convolution": "Stem",
        "Net/Mix.Conv/convolution/ReadVariableOp": "Mix/Conv",
        "Net/Mix.Conv.BatchNorm/batchnorm/mul": "Mix/Conv",
        "Net/Mix.Conv_1.relu/Relu": "Mix/Conv_1",
        "Net/Logits.Pool/Mean": "Logits/Pool",
    }
    assert owners(names, PATHS) == names


def test_a_number_after_every_scope_is_not_a_layers_own() -> None:
    names = {
        "Net_1/Stem_1/convolution": "Stem",
        "Net_1/Mix.Conv_1/convolution": "Mix/Conv",
        "Net_1/Mix.Conv_1_1/convolution": "Mix/Conv_1",
        "Net_1/Mix.Conv_1.relu_1/Relu": "Mix/Conv_1",
        "Net_1/Mix.concat_1/concat": "Mix/concat",
    }
    assert owners(names, PATHS) == names


def test_scopes_of_plain_functions() -> None:
    names = {
        "Stem/Relu": "Stem",
        "Mix/Conv/BiasAdd": "Mix/Conv",
        "Mix/Conv_1/BiasAdd": "Mix/Conv_1",
        "Mix/concat/concat": "Mix/concat",
    }
    assert owners(names, PATHS) == names


def test_what_rewriting_adds_has_the_longest_name_that_fits() -> None:
    paths = ("Mix/Conv", "Mix.merged", "Mix/Conv.slice")
    names = {
        "Mix.merged/BiasAdd": "Mix.merged",
        "Mix/Conv.slice/strided_slice": "Mix/Conv.slice",
        "Mix/Conv/BiasAdd": "Mix/Conv",
    }
    assert owners(names, paths) == names


def test_a_model_may_be_called_as_a_layer_is() -> None:
    names = {"Stem_1/Mix.Conv_1/convolution": "Mix/Conv", "Stem_1/Stem_1/convolution": "Stem"}
    assert owners(names, PATHS) == names


def test_others_are_left_out() -> None:
    assert owners(["strided_slice", "Net/Identity", "Mixed/Conv", "", "/"], PATHS) == {}
