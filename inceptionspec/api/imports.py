"""Models from elsewhere as specs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from inceptionspec.api.network import Network
from inceptionspec.diagnostics.optional_packages import needs_packages
from inceptionspec.diagnostics.source import external
from inceptionspec.utils.printed import Printed

if TYPE_CHECKING:
    import keras

    from inceptionspec.importers.importing import Imported


class ImportedModel(Printed):
    """A model from elsewhere as a spec: prints the text of `specbuild import`.

    ``import_model`` and ``from_keras`` make one.

    Attributes:
        network: the network of the spec.
        text: the spec.
        renamed: by the name of each layer of the model the path of what it became, or is a part
            of.
        builtin: the built-in spec that the network is, or varies; empty where it is neither.
        varies: whether it is a variant of that.
        notes: what the model says that a spec cannot hold, in words.

    >>> model = inceptionspec.load("squeezenet", width=0.5).to_keras()
    >>> found = inceptionspec.from_keras(model)
    >>> found.network.params == model.count_params()
    True
    """

    def __init__(self, found: Imported, source: str) -> None:
        self._found = found
        self._source = source
        self.network = Network(found.loaded)
        self.text = found.text
        self.renamed = found.renamed
        self.builtin = found.builtin
        self.varies = found.varies
        self.notes = found.notes

    def arrays(self) -> dict[tuple[str, str], Any]:
        """Its weights by path and name, as NumPy arrays; empty where the source has none.

        >>> model = inceptionspec.load("squeezenet", width=0.5).to_keras()
        >>> arrays = inceptionspec.from_keras(model).arrays()
        >>> sum(array.size for array in arrays.values()) == model.count_params()
        True
        """
        return self._found.arrays()

    def to_keras(self) -> keras.Model:
        """The Keras model of the network, with the weights that were imported.

        Raises:
            SpecError: TensorFlow is not installed.

        >>> model = inceptionspec.load("squeezenet", width=0.5).to_keras()
        >>> inceptionspec.from_keras(model).to_keras().count_params() == model.count_params()
        True
        """
        from inceptionspec.backends.keras import assign

        model = self.network.to_keras()
        arrays = self.arrays()
        if arrays:
            assign(model, self.network.graph, arrays)
        return model

    def save(
        self, spec: str | os.PathLike[str], weights: str | os.PathLike[str] | None = None
    ) -> None:
        """Write the spec, and the weights as safetensors.

        Args:
            spec: where the spec goes.
            weights: where the weights go; none are written without it.

        Raises:
            SpecError: a file cannot be written, or there are no weights.

        >>> model = inceptionspec.load("squeezenet", width=0.5).to_keras()
        >>> inceptionspec.from_keras(model).save("half.yaml", "half.safetensors")
        >>> inceptionspec.load("half.yaml").params == model.count_params()
        True
        """
        from inceptionspec.importers.writing import write_imported

        file = None if weights is None else os.fspath(weights)
        write_imported(self._found, os.fspath(spec), file, external(self._source))

    def to_text(self) -> str:
        """The text of `specbuild import`.

        >>> model = inceptionspec.load("squeezenet", width=0.5).to_keras()
        >>> inceptionspec.from_keras(model).to_text().splitlines()[1]
        'read       model: 45 layers'
        """
        from inceptionspec.reports.imports.text import imported_text

        return imported_text(self._found, self._source)


@needs_packages
def import_model(source: str | os.PathLike[str], *, name: str = "") -> ImportedModel:
    """The spec of a model in a file: of Keras, TensorFlow.js or ONNX.

    The file is read as data: no framework loads it, and nothing in it is run.

    Args:
        source: a path, or ``keras:NAME`` for a model of ``keras.applications``.
        name: what to call the network; empty for its own name.

    Raises:
        SpecError: the file cannot be read, or a spec has no words for the model.

    >>> try:
    ...     inceptionspec.import_model("nowhere.keras")
    ... except inceptionspec.SpecError as error:
    ...     print(error.findings[0].message)
    there is no file `nowhere.keras`
    """
    from inceptionspec.importers.importing import import_source

    path = os.fspath(source)
    return ImportedModel(import_source(path, external(path), name), path)


@needs_packages
def from_keras(model: keras.Model, *, name: str = "") -> ImportedModel:
    """The spec of a Keras model in memory, with its weights.

    It reads what the model says of itself, and its weights; the model is not called.

    Args:
        model: a model of Keras 2 or 3, made of layers: Functional or Sequential.
        name: what to call the network; empty for its own name.

    Raises:
        SpecError: a spec has no words for the model.

    >>> model = inceptionspec.load("inception_v3", width=0.1).to_keras()
    >>> inceptionspec.from_keras(model).network.name
    'InceptionV3'
    """
    from inceptionspec.importers.importing import import_live

    return ImportedModel(import_live(model, external("model"), name), "model")
