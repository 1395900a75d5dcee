"""Whether an exported file is still what its receipt says, and still computes the same."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inceptionspec._version import __version__
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding, spec_error
from inceptionspec.diagnostics.optional_packages import installed
from inceptionspec.diagnostics.sanitize import short_path, shortened
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.export.content import REST, changed
from inceptionspec.export.files.handlers import HANDLERS
from inceptionspec.export.files.litert_file import LiteRtRunner
from inceptionspec.export.files.onnx_file import OnnxRunner
from inceptionspec.export.formats import FORMATS, format_by_suffix
from inceptionspec.export.program import Program, Values, weights_digest
from inceptionspec.export.receipt import Receipt, parse_receipt, without_receipt
from inceptionspec.export.reference import (
    fingerprint,
    pictures,
    same_fingerprint,
    sample_deviation,
)
from inceptionspec.export.results import Check, Verified
from inceptionspec.export.running import Answers, Runner
from inceptionspec.export.source import rebuilt_runner
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.traversal import ancestors, resolve_outputs
from inceptionspec.weights.files.wire import CorruptFileError
from inceptionspec.weights.load import DEFAULT_WEIGHT_OPTIONS, WeightOptions, load_weights

_LAYER_BOUND = 1e-4
"""How far the fingerprint of a layer may be: several times what outputs may."""
_MOST_PIXELS = 50_000_000
"""Numbers in the reference pictures that a receipt may ask for."""
_LISTED = 5
_DIGITS = 12
"""How much of a digest is shown."""
#: Files of weights inside what is exported, for those that are not the file itself.
_WEIGHTS = {"savedmodel": "variables/variables", "module": ".weights.h5"}


def read_receipt(file: str, place: Span) -> Receipt:
    """The receipt of a file.

    Raises:
        SpecError: the file cannot be read (E0802), has no receipt (E0717), or the receipt was
            changed (E0714).
    """
    form = _format(file, place)
    with _readable(file, place):
        text = HANDLERS[form].get_receipt(_path(file))
    if text is None:
        raise without_receipt(file, place)
    receipt = parse_receipt(text, file, place)
    if receipt.format != form:
        message = f"the receipt of `{short_path(file)}` is that of another kind of file"
        raise spec_error("E0714", message, place, "export the file again")
    return receipt


def verify(
    file: str,
    weights: str | None = None,
    options: WeightOptions = DEFAULT_WEIGHT_OPTIONS,
) -> Verified:
    """Check an exported file against its receipt.

    Nothing of the file is run unless all that it holds is what was exported.

    Args:
        file: a file that `export` wrote; a folder, or a checkpoint's prefix.
        weights: the file that its weights came from, to be compared with.
        options: how that is read.

    Raises:
        SpecError: as ``read_receipt``; or the weights cannot be read or do not fit.
    """
    place = external(file)
    receipt = read_receipt(file, place)
    checks = _Checks(file, receipt, place)
    checks.add("receipt", True, f"of {receipt.name}, as {receipt.format}")
    loaded = checks.network()
    if loaded is not None and checks.content():
        checks.outputs(loaded)
    if loaded is not None and weights is not None:
        checks.weights(loaded, weights, options)
    return Verified(file, receipt, tuple(checks.found), tuple(checks.findings))


class _Checks:
    """The checks of a file, and what they have found."""

    def __init__(self, file: str, receipt: Receipt, place: Span) -> None:
        self.file = file
        self.receipt = receipt
        self.place = place
        self.found: list[Check] = []
        self.findings: list[Diagnostic] = []

    def add(self, name: str, holds: bool | None, text: str) -> None:
        """The result of a check."""
        self.found.append(Check(name, holds, text))

    def fail(self, name: str, text: str, message: str, label: str = "") -> None:
        """A check that does not hold, and its finding."""
        self.add(name, False, text)
        help_ = "export the file again, or take back the change"
        self.findings.append(finding("E0714", message, self.place, help_, label=label))

    def network(self) -> LoadedSpec | None:
        """The network of the receipt; None where its digest is another."""
        stored = self.receipt.data["digests"]
        try:
            loaded = self.receipt.load()
        except SpecError as error:
            self.fail(
                "network",
                "the spec in the receipt cannot be read",
                f"the spec in the receipt of `{short_path(self.file)}` cannot be read: "
                f"{error.findings[0].message}",
            )
            return None
        same_version = self.receipt.data["versions"].get("inceptionspec") == __version__
        for name in ("network", "document"):
            # A later version may write out more of a spec than this one did.
            if loaded.digests[name] != stored[name] and (same_version or name == "network"):
                self.fail(
                    "network",
                    f"the {name} digest is another",
                    f"the spec in the receipt of `{short_path(self.file)}` has another {name} "
                    "digest than the receipt",
                )
                return None
        self.add("network", True, f"digest {stored['network'][:_DIGITS]}")
        return loaded

    def content(self) -> bool:
        """Whether what the file holds of each layer is what was exported."""
        stored = self.receipt.data["content"]
        paths = [path for path in stored if path != REST]
        with _readable(self.file, self.place):
            held = HANDLERS[self.receipt.format].content(_path(self.file), paths)
        layers = [path for path in changed(held, stored) if path != REST]
        if layers:
            noun = "layer" if len(layers) == 1 else "layers"
            shown = listed(layers[:_LISTED]) + " and others" * (len(layers) > _LISTED)
            self.fail(
                "content",
                f"{len(layers)} {noun} changed, first `{layers[0]}`",
                f"`{short_path(self.file)}` holds another layer `{layers[0]}` than was exported"
                if len(layers) == 1
                else f"`{short_path(self.file)}` holds {len(layers)} other layers than were "
                f"exported: {shown}",
                "the first that differs is `" + shortened(layers[0], 80) + "`",
            )
        elif held.get(REST) != stored.get(REST):
            self.fail(
                "content",
                "what belongs to no layer changed",
                f"`{short_path(self.file)}` holds something else than was exported, "
                "outside of all layers",
                "its inputs, its outputs or what surrounds them",
            )
        else:
            self.add("content", True, f"{len(paths)} layers as they were exported")
        return not self.findings

    def outputs(self, loaded: LoadedSpec) -> None:
        """Whether the file still computes what it did."""
        reference = self.receipt.data["reference"]
        if not reference["outputs"]:
            self.add("outputs", None, "the receipt has none: no runtime was there")
            return
        runner = self._runner(loaded)
        if runner is None:
            return
        height, width, depth = reference["shape"][1:]
        if reference["shape"][0] * height * width * depth > _MOST_PIXELS:
            self.add("outputs", None, "the reference pictures are too large")
            return
        drawn = pictures(reference["shape"], reference["seed"])
        found = runner(drawn)
        bound = float(self.receipt.data["verification"]["bound"])
        apart = [
            sample_deviation(stored, found.outputs[name]) if name in found.outputs else None
            for name, stored in reference["outputs"].items()
        ]
        if all(one is not None and one <= bound for one in apart):
            most = max((one for one in apart if one is not None), default=0.0)
            self.add("outputs", True, f"at most {most:.1e} of the largest apart ({runner.name})")
            return
        layer = None
        if reference["layers"]:
            layer = _first_layer(runner(drawn, layers=True), reference["layers"])
        where = f"the first layer that differs is `{layer}`" if layer else ""
        self.fail(
            "outputs",
            where or f"they differ ({runner.name})",
            f"`{short_path(self.file)}` computes something else in {runner.name} than when "
            "it was exported",
            where,
        )

    def _runner(self, loaded: LoadedSpec) -> Runner | None:
        """The file in its runtime, or its network with its weights; None where neither can be."""
        form, inside = self.receipt.format, self.receipt.preprocessing_inside
        path = _path(self.file)
        paths = list(self.receipt.data["content"])
        if form == "onnx":
            if installed("onnxruntime"):
                return OnnxRunner(path.read_bytes(), loaded.graph, paths, inside=inside)
            self.add("outputs", None, "ONNX Runtime is not installed")
        elif form == "tflite":
            return LiteRtRunner(path.read_bytes(), loaded.graph, paths, inside=inside)
        elif self.receipt.data["optimized"]:
            self.add("outputs", None, "an optimized SavedModel is not run here")
        else:
            return self._rebuilt(loaded)
        return None

    def _rebuilt(self, loaded: LoadedSpec) -> Runner | None:
        """The network of the receipt with the weights of the file."""
        form = self.receipt.format
        file = self.file
        if form == "savedmodel":
            file = str(_path(file) / _WEIGHTS[form])
        elif form == "module":
            file = str(_path(file).with_suffix(_WEIGHTS[form]))
        try:
            values = load_weights(loaded, file, nodes=self._nodes(loaded)).arrays
        except SpecError:
            self.add("outputs", None, "the weights cannot be read for a run")
            return None
        if not self._same_weights(values, "weights"):
            return None
        asked = self.receipt.outputs
        ends = resolve_outputs(loaded.graph, asked)
        runner = rebuilt_runner(Program(loaded, loaded.graph, values, values, asked, ends))
        if runner is None:
            self.add("outputs", None, "no runtime is installed")
        return runner

    def _nodes(self, loaded: LoadedSpec) -> list[int]:
        """The nodes whose weights the file has."""
        if not FORMATS[self.receipt.format].takes:
            return list(range(len(loaded.graph.nodes)))
        ends = resolve_outputs(loaded.graph, self.receipt.outputs)
        return ancestors(loaded.graph.nodes, ends.values())

    def weights(self, loaded: LoadedSpec, file: str, options: WeightOptions) -> None:
        """Whether the weights are those of a file."""
        values = load_weights(loaded, file, options, self._nodes(loaded)).arrays
        self._same_weights(values, "source")

    def _same_weights(self, values: Values, name: str) -> bool:
        stored = self.receipt.data["digests"]["weights"]
        same = bool(weights_digest(values) == stored)
        whose = "the file" if name == "weights" else "the source"
        if same:
            self.add(name, True, f"digest {stored[:_DIGITS]}")
        else:
            self.fail(
                name,
                f"the digest of the weights of {whose} is another",
                f"the weights of {whose} are not those that "
                f"`{short_path(self.file)}` was exported from",
            )
        return same


def _first_layer(found: Answers, stored: Mapping[str, Any]) -> str | None:
    """The first layer whose values are not those of its fingerprint."""
    for path, old in stored.items():
        if path in found.layers:
            new = fingerprint(found.layers[path][:1])
            if len(new) != len(old) or not same_fingerprint(new, old, _LAYER_BOUND):
                return path
    return None


def _format(file: str, place: Span) -> str:
    """The format of a file that exists, by its name and by what it is."""
    path = _path(file)
    if os.path.isdir(path):
        return "savedmodel"
    checkpoint = file.removesuffix(".index")
    if os.path.isfile(f"{checkpoint}.index"):
        return "checkpoint"
    if not os.path.exists(path):
        raise spec_error("E0802", f"there is no file `{short_path(file)}`", place)
    found = format_by_suffix(file)
    if found is None:
        suffixes = listed([row.suffix for row in FORMATS.values()], "or")
        message = f"an exported file ends in {suffixes}, not as `{short_path(file)}` does"
        raise spec_error("E0804", message, place, "name a file that `specbuild export` wrote")
    return found


def _path(file: str) -> Path:
    return Path(file.removesuffix(".index"))


#: What readers raise for a damaged file.
_DAMAGED = (OSError, ValueError, CorruptFileError, zipfile.BadZipFile, zlib.error, struct.error)


@contextmanager
def _readable(file: str, place: Span) -> Iterator[None]:
    """Report whatever reading a damaged file raises as a finding (E0802)."""
    try:
        yield
    except _DAMAGED as error:
        system = getattr(error, "strerror", None)
        reason = system.lower() if system else str(error)
        message = f"`{short_path(file)}` cannot be read: {shortened(reason, 120)}"
        raise spec_error("E0802", message, place, "copy or export it again") from None
