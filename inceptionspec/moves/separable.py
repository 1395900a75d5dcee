"""Convolutions as depthwise separable ones.

Source: Chollet, Xception: Deep Learning with Depthwise Separable Convolutions (arXiv:1610.02357),
section 3; Howard et al., MobileNets (arXiv:1704.04861), section 3.1.
"""

from __future__ import annotations

from typing import Any

from inceptionspec.moves.layers import as_operator, layers_of
from inceptionspec.moves.record import Edit, UnfitError
from inceptionspec.moves.site import Base, Site, plain
from inceptionspec.ops.record import shape_text


def separable(base: Base, site: Site) -> Edit:
    """A convolution becomes a depthwise one and a 1x1, with nothing in between."""
    nodes = layers_of(base, site, "conv")
    for node in nodes:
        kernel = node.attributes["kernel"]
        if kernel == (1, 1):
            raise UnfitError("its kernel is 1x1")
        if node.attributes.get("follows_input"):
            raise UnfitError(f"its kernel of {shape_text(kernel)} follows the size of the map")
        if node.attributes["groups"] != 1:
            raise UnfitError("it has groups")
    change = as_operator(base, site, nodes[0], "separable_conv")
    if change.get("bias") is True and all(node.attributes["norm"] for node in nodes):
        change.pop("bias")  # the norm would subtract it again
    usual = plain(base.default("conv"))
    shared: dict[str, Any] = {}
    if not base.uses("separable_conv") and not base.default("separable_conv"):
        # No layer of the base has the operator, so its defaults can be those of convolutions.
        shared = {key: usual[key] for key in usual if key in change}
        change = {key: given for key, given in change.items() if key not in shared}
    sections = {"defaults": {"separable_conv": shared}} if shared else {}
    return Edit({"set": plain(change)}, sections=sections)
