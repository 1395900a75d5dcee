"""Files of weights, read to arrays by a layer's path and a weight's name.

Nothing in a file is executed, unpickled or handed to a framework to parse.
"""

from __future__ import annotations

from inceptionspec.weights.slim_checkpoint import checkpoint_values, load_checkpoint

__all__ = ["checkpoint_values", "load_checkpoint"]
