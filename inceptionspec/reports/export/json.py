"""An export and a check of one as JSON: `inceptionspec.export/1`, `inceptionspec.verify/1`.

==============  ===========================================================================
``files``       of an export: what was written
``receipt``     as the file holds it
``checks``      of a check: ``name``, ``holds`` (null where it was not checked), ``text``
``ok``          whether nothing fails
==============  ===========================================================================
"""

from __future__ import annotations

import json
from typing import Any

from inceptionspec.export.results import Exported, Verified


def exported_json(found: Exported) -> str:
    """An export as text."""
    return _text(
        {
            "schema": "inceptionspec.export/1",
            "file": found.file,
            "files": list(found.files),
            "receipt": found.receipt.data,
        }
    )


def verified_json(found: Verified) -> str:
    """A check as text."""
    return _text(
        {
            "schema": "inceptionspec.verify/1",
            "file": found.file,
            "ok": found.ok,
            "checks": [check._asdict() for check in found.checks],
            "receipt": found.receipt.data,
        }
    )


def _text(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2, sort_keys=True) + "\n"
