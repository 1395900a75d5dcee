"""Compare the modules of all built-in specs with what the Keras backend builds.

Run as ``python tools/check_modules.py [SPEC...]``: a line for each, with the lines of its module at
full width. It ends with 1 if one differs.
"""

from __future__ import annotations

import json
import sys

import inceptionspec
from inceptionspec.backends.keras import build
from inceptionspec.backends.keras_source import keras_module

WIDTH = 0.1
"""Of the models that are built: names and structure do not depend on it."""


def main() -> int:
    """Compare some specs, or all."""
    import keras

    differ = 0
    for name in sys.argv[1:] or inceptionspec.builtin_specs():
        network = inceptionspec.load(name, width=WIDTH)
        names: dict[str, object] = {}
        keras.backend.clear_session()  # operations number themselves
        exec(compile(keras_module(network.loaded), name, "exec"), names)
        found = json.dumps(names["build"]().get_config())  # type: ignore[operator]
        keras.backend.clear_session()
        same = found == json.dumps(build(network.graph).get_config())
        differ += not same
        lines = keras_module(inceptionspec.load(name).loaded).count("\n")
        print(f"{name:<26}{lines:>5} lines  {'the same' if same else 'DIFFERENT'}", flush=True)
    return int(differ > 0)


if __name__ == "__main__":
    sys.exit(main())
