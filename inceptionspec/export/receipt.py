"""The receipt of an exported file: what it was made of, and what it computed then."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from inceptionspec._version import __version__
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import sanitize, short_path, shortened
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.utils.finite_json import parse_finite_json
from inceptionspec.utils.printed import Printed

KEY = "inceptionspec.receipt"
"""The key of the receipt where a format has metadata by key."""
FILE = "inceptionspec.json"
"""The name of the receipt where a format is an archive or a folder."""
VERSION = 1
MOST_BYTES = 16_000_000
_NUMBER = (int, float)
#: What a receipt holds and of which kind it is, by dotted path.
_FORM: Mapping[str, Any] = {
    "receipt": int,
    "format": str,
    "name": str,
    "spec.reference": str,
    "spec.settings": list,
    "spec.text": str,
    "digests.network": str,
    "digests.document": str,
    "digests.weights": str,
    "weights.file": (str, type(None)),
    "weights.parameters": int,
    "outputs": list,
    "batch": (int, type(None)),
    "optimized": bool,
    "preprocessing": (dict, type(None)),
    "preprocessing_inside": bool,
    "preprocessing_notes": list,
    "labels": (list, type(None)),
    "content": dict,
    "reference.seed": str,
    "reference.shape": list,
    "reference.outputs": dict,
    "reference.layers": dict,
    "verification.verified": bool,
    "verification.runtime": (str, type(None)),
    "verification.source": (str, type(None)),
    "verification.deviation": (*_NUMBER, type(None)),
    "verification.bound": _NUMBER,
    "versions": dict,
    "digest": str,
}


@dataclass(frozen=True, slots=True, repr=False)
class Receipt(Printed):
    """What an exported file says of itself.

    Attributes:
        data: the receipt as plain data, as it is stored: JSON, its keys in this order.
    """

    data: Mapping[str, Any]

    @property
    def format(self) -> str:
        """The format of the file, as ``onnx``."""
        return str(self.data["format"])

    @property
    def name(self) -> str:
        """What the network calls itself."""
        return str(self.data["name"])

    @property
    def text(self) -> str:
        """The expanded spec."""
        return str(self.data["spec"]["text"])

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs."""
        return tuple(self.data["outputs"])

    @property
    def labels(self) -> tuple[str, ...] | None:
        """A name for each class; None where none were given."""
        labels = self.data["labels"]
        return None if labels is None else tuple(labels)

    def load(self) -> LoadedSpec:
        """The network, read from the spec in the receipt; its graph knows the preprocessing.

        Raises:
            SpecError: the spec cannot be read.
        """
        return load_spec(Source("receipt", self.text))

    @property
    def preprocessing_inside(self) -> bool:
        """Whether the model reads bytes and does the preprocessing but for the resizing."""
        return bool(self.data["preprocessing_inside"])

    @property
    def preprocessing_notes(self) -> tuple[str, ...]:
        """What of a preprocessing inside is folded into the weights, and what is not and why."""
        return tuple(self.data["preprocessing_notes"])

    @property
    def verified(self) -> bool:
        """Whether the file was compared with its source when it was written."""
        return bool(self.data["verification"]["verified"])

    @property
    def deviation(self) -> float | None:
        """The largest deviation found then, over the largest output."""
        found = self.data["verification"]["deviation"]
        return None if found is None else float(found)

    def to_json(self) -> str:
        """The receipt as it is stored."""
        return json.dumps(self.data, ensure_ascii=True)

    def to_text(self) -> str:
        """The receipt in a few lines."""
        digests, found = self.data["digests"], self.data["verification"]
        lines = [f"{self.name} as {self.format}"]
        lines += [f"{name + ':':<10}{digest}" for name, digest in digests.items()]
        lines.append(
            f"deviation {found['deviation']:.1e} from {found['source']}"
            if self.verified and found["deviation"] is not None
            else "not verified"
        )
        return "\n".join(map(sanitize, lines))

    def __repr__(self) -> str:
        return f"<Receipt {sanitize(self.name)}: {sanitize(self.format)}>"


def sealed(data: Mapping[str, Any]) -> Receipt:
    """A receipt of some data, with the digest of all that it holds."""
    return Receipt({**data, "digest": receipt_digest(data)})


def receipt_digest(data: Mapping[str, Any]) -> str:
    """SHA-256 of a receipt but for its digest: JSON, keys sorted, no white space, ASCII."""
    held = {key: value for key, value in data.items() if key != "digest"}
    text = json.dumps(held, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def parse_receipt(text: str | bytes, file: str, place: Span) -> Receipt:
    """A receipt from the text that a file holds.

    Raises:
        SpecError: it is not one, or it was changed (E0714).
    """
    try:
        if len(text) > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES:,} bytes")
        data = parse_finite_json(text)
        _check(data)
    except (ValueError, TypeError, KeyError) as error:
        raise _malformed(file, str(error) or "it lacks a part", place) from None
    if receipt_digest(data) != data["digest"]:
        raise spec_error(
            "E0714",
            f"the receipt of `{short_path(file)}` was changed after it was written",
            place,
            "export the file again",
            notes=("its digest is not that of what it says",),
        )
    return Receipt(data)


def _check(data: Any) -> None:
    """Check that a receipt has all that it must have, each of its kind."""
    if not isinstance(data, dict):
        raise ValueError("it is not an object")
    if data.get("receipt") != VERSION:
        raise ValueError(f"its version is not {VERSION}")
    for path, kinds in _FORM.items():
        found: Any = data
        for key in path.split("."):
            if not isinstance(found, dict) or key not in found:
                raise ValueError(f"it lacks `{path}`")
            found = found[key]
        if not isinstance(found, kinds) or (kinds is int and isinstance(found, bool)):
            raise ValueError(f"`{path}` is of another kind")
    texts = (*data["outputs"], *(data["labels"] or ()), *data["preprocessing_notes"])
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("a name or a note is not text")
    shape = data["reference"]["shape"]
    if len(shape) != 4 or not all(type(side) is int and 0 < side <= 100_000 for side in shape):
        raise ValueError("`reference.shape` is no shape")
    if not all(re.fullmatch("[0-9a-f]{64}", str(digest)) for digest in data["digests"].values()):
        raise ValueError("a digest is not 64 hexadecimal digits")


def _malformed(file: str, reason: str, place: Span) -> SpecError:
    message = f"the receipt of `{short_path(file)}` cannot be read: {shortened(reason, 120)}"
    return spec_error("E0714", message, place, "export the file again")


def without_receipt(file: str, place: Span) -> SpecError:
    """The error of a file that has no receipt (E0717)."""
    return spec_error(
        "E0717",
        f"`{short_path(file)}` has no receipt",
        place,
        "export it with `specbuild export`, which writes one",
    )


def versions(*packages: str) -> dict[str, str]:
    """The versions of this package and of others that are installed."""
    found = {"inceptionspec": __version__}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
