"""One number for each path of a network, in a file: `inceptionspec.values/1`.

`specbuild bench --profile` writes such files, and diagrams color layers by them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label, SpecError, spec_error
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS
from inceptionspec.diagnostics.sanitize import short_path, shortened
from inceptionspec.diagnostics.source import Source, Span, external
from inceptionspec.diagnostics.suggest import suggested
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.frontend.reading.document import kind_of
from inceptionspec.utils.atomic_write import write_file
from inceptionspec.utils.finite_json import MAX_PARTS, has_too_many_parts
from inceptionspec.utils.read_file import read_regular_file

SCHEMA = "inceptionspec.values/1"
LONGEST_UNIT = 40
"""A unit has at most this many characters."""
LARGEST_FILE = 1 << 24
"""A file of values has at most this many bytes: 1,000 per layer of the largest network."""
SMALLEST, LARGEST = 1e-100, 1e100
"""The magnitudes that a number other than 0 may have: products of two, summed over all layers,
stay finite."""
_EXAMPLE = '{"schema": "inceptionspec.values/1", "spec": {...}, "unit": "ms", "layers": {...}}'


class SpecIdentity(NamedTuple):
    """The network that values are for: its name, where it was read from, its digests."""

    name: str
    path: str
    network: str
    document: str


@dataclass(frozen=True, slots=True)
class LayerValues:
    """Numbers by path, all in one unit, and the network that they are for.

    Attributes:
        spec: the identity of the network, as summaries and benchmarks write it.
        unit: of every number, such as ``ms``; empty for bare numbers.
        layers: finite numbers by path; a layer may have none.
        weights: the weight of each path in the mean of several layers. Without weights
            several layers have the sum of their values.
    """

    spec: SpecIdentity
    unit: str
    layers: Mapping[str, float]
    weights: Mapping[str, float] | None = None

    def together(self, paths: Iterable[str]) -> float | None:
        """The mean or sum of the values of some layers; None where none has a value."""
        known = [path for path in paths if path in self.layers]
        if self.weights is None:
            return sum(self.layers[path] for path in known) if known else None
        whole = sum(self.weights[path] for path in known)
        if not whole:
            return None
        return sum(self.weights[path] * self.layers[path] for path in known) / whole


def identity_of_spec(loaded: LoadedSpec) -> SpecIdentity:
    """The identity of a network under the settings that it was read with."""
    return SpecIdentity(loaded.name, loaded.source.name, **loaded.digests)


def read_layer_values(file: str, loaded: LoadedSpec) -> LayerValues:
    """Values from a file, which must be for this network under these settings.

    Raises:
        SpecError: E0802 where the file cannot be read, E0811 where it holds no values,
            E0812 where they are for another document or for paths that it does not have.
    """
    values = parse_layer_values(file_text(file), file)
    check_layer_values(values, loaded, file)
    return values


def parse_layer_values(text: str, file: str = "<values>") -> LayerValues:
    """Values from a text, before they are checked against a network.

    Raises:
        SpecError: E0811 with everything that is wrong in it.
    """
    data = parse_json(text, file)
    found = Findings(DEFAULT_LIMITS)
    _check_form(data, external(file), found)
    if found:
        raise SpecError(found)
    return LayerValues(identity_of(data), data["unit"], data["layers"], data.get("weights"))


def parse_json(text: str, file: str) -> Any:
    """JSON as data: every number is a float, and a key that appears twice is an error.

    Raises:
        SpecError: E0811.
    """
    place = external(file)
    if has_too_many_parts(text):
        message = f"a file of values has at most {MAX_PARTS:,} parts"
        raise spec_error("E0811", message, place)
    try:
        return json.loads(text, object_pairs_hook=_unique_keys, parse_int=_number)
    except json.JSONDecodeError as error:
        at = Span(Source(file, text), error.lineno, error.colno, error.lineno, error.colno + 1)
        message = f"the values are not JSON: {error.msg[0].lower()}{error.msg[1:]}"
        raise spec_error("E0811", message, at) from None
    except RecursionError:
        message = "the values are not JSON that can be read: it nests too deep"
        raise spec_error("E0811", message, place) from None
    except _TwiceError as error:
        message = f"`{shortened(str(error), 80)}` appears twice in one object"
        raise spec_error("E0811", message, place) from None


def identity_of(data: Any) -> SpecIdentity:
    """The identity under ``spec`` in JSON data that ``lacks_identity`` accepts."""
    return SpecIdentity(**{key: data["spec"][key] for key in SpecIdentity._fields})


def lacks_identity(data: Any) -> str | None:
    """The first key of ``spec`` that is missing or is not text."""
    spec = data.get("spec")
    return next(
        (
            key
            for key in SpecIdentity._fields
            if not isinstance(spec, dict) or not isinstance(spec.get(key), str)
        ),
        None,
    )


def check_layer_values(values: LayerValues, loaded: LoadedSpec, file: str = "<values>") -> None:
    """Check values against the network that they are to be shown on.

    Raises:
        SpecError: E0812.
    """
    place = external(file)
    own = identity_of_spec(loaded)
    if values.spec.document != own.document:
        raise SpecError([_of_another(values.spec, own, place)])
    known = {node.path for node in loaded.graph.nodes}
    found = Findings(loaded.limits)
    for path in values.layers:
        if path not in known:
            found.append(_no_layer(path, known, place, found))
    if found:
        raise SpecError(found)


def layer_values_text(values: LayerValues) -> str:
    """The file of some values: JSON, keys sorted."""
    data = {
        "schema": SCHEMA,
        "spec": values.spec._asdict(),
        "unit": values.unit,
        "layers": dict(values.layers),
    }
    if values.weights is not None:
        data["weights"] = dict(values.weights)
    return json.dumps(data, indent=2, sort_keys=True, allow_nan=False) + "\n"


def write_layer_values(values: LayerValues, file: str) -> None:
    """Write values to a file, whole or not at all.

    Raises:
        SpecError: E0803.
    """
    write_file(file, layer_values_text(values).encode("utf-8"), external(file))


# Reading


class _TwiceError(Exception):
    """A key appears twice in one object."""


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _TwiceError(key)
        found[key] = value
    return found


def _number(text: str) -> float:
    """A whole number as a float: Python refuses to read an integer of 5,000 digits."""
    return float(text)


def file_text(file: str) -> str:
    """The text of a file of values.

    Raises:
        SpecError: it cannot be read (E0802), is too long, or is not text (E0811).
    """
    place = Label(external(file))
    try:
        data = read_regular_file(file, LARGEST_FILE)
    except FileNotFoundError:
        message = f"there is no file `{short_path(file)}`"
        advice = "`specbuild bench SPEC --profile` writes one with `--values` or `-o`"
        raise spec_error("E0802", message, place, advice) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        message = f"`{short_path(file)}` cannot be read: {reason}"
        raise spec_error("E0802", message, place) from None
    if len(data) > LARGEST_FILE:
        message = f"a file of values has at most {LARGEST_FILE:,} bytes"
        raise spec_error("E0811", message, place)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "the values are not UTF-8 text"
        raise spec_error("E0811", message, place) from None


def _check_form(data: Any, place: Span, found: Findings) -> None:
    """Check the form of the data; another kind of file is one finding."""

    def wrong(message: str, *helps: str) -> None:
        found.append(Diagnostic("E0811", message, Label(place), helps=helps))

    schema = data.get("schema") if isinstance(data, dict) else None
    if schema != SCHEMA:
        actual = f", but `{shortened(schema, 60)}`" if isinstance(schema, str) else ""
        wrong(f"the file is not `{SCHEMA}`{actual}", f"write it as {_EXAMPLE}")
        return
    unit, layers = data.get("unit"), data.get("layers")
    lacking = lacks_identity(data)
    if lacking is not None:
        wrong(
            f"`spec` must hold the text `{lacking}`",
            "copy `spec` from `specbuild summary SPEC --format json`",
        )
    if not isinstance(unit, str) or len(unit) > LONGEST_UNIT:
        wrong(f"`unit` must be a text of at most {LONGEST_UNIT} characters", "write it as `ms`")
    if not isinstance(layers, dict) or not layers:
        wrong("`layers` must hold a number for at least one path")
        return
    _check_numbers(layers, "value", wrong)
    weights = data.get("weights")
    if weights is None:
        return
    if not isinstance(weights, dict) or weights.keys() != layers.keys():
        wrong("`weights` must hold a number for each path of `layers`, and for no other")
        return
    _check_numbers(weights, "weight", wrong)
    for path, weight in weights.items():
        if isinstance(weight, float) and weight < 0:
            wrong(f"the weight of `{shortened(path, 80)}` is below 0")


def _check_numbers(numbers: Mapping[str, Any], what: str, wrong: Callable[..., None]) -> None:
    for path, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, float):
            wrong(f"the {what} of `{shortened(path, 80)}` is not a number, but {kind_of(number)}")
        elif not math.isfinite(number):
            wrong(
                f"the {what} of `{shortened(path, 80)}` is not finite",
                f"leave out a layer that has no {what}",
            )
        elif number and not SMALLEST <= abs(number) <= LARGEST:
            wrong(
                f"the {what} of `{shortened(path, 80)}` is too large or too small: {number:g}",
                f"use another unit: {SMALLEST:g} to {LARGEST:g} can be added up",
            )


# Checking values against a network


def _of_another(given: SpecIdentity, own: SpecIdentity, place: Span) -> Diagnostic:
    same = given.network == own.network
    why = (
        "both compute the same, but paths or other names differ"
        if same
        else f"they are for `{shortened(given.name)}` of `{shortened(given.path, 80)}`"
    )
    return Diagnostic(
        "E0812",
        f"the values are of another document than `{own.name}`",
        Label(place),
        helps=("draw the spec that they are for, with the same options, or write them again",),
        notes=(
            why,
            f"the document digest of the values is {shortened(given.document, 19)}, "
            f"that of the spec {shortened(own.document, 19)}",
        ),
    )


def _no_layer(path: str, known: Collection[str], place: Span, found: Findings) -> Diagnostic:
    helps, notes = suggested(path, sorted(known), found)
    message = f"the values name `{shortened(path, 80)}`, which is no layer of the network"
    return Diagnostic("E0812", message, Label(place), helps=helps, notes=notes)
