"""Layers that do not fit, and findings that say where the shapes parted.

A misfit is blamed on the layer whose attribute explains it, which is rarely the layer where
it shows: the linker tries changes of one value, and the layer at which one mends the whole
network is to blame. Advice is given only after it was tried.
"""

from __future__ import annotations

from collections.abc import Iterator

from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.frontend.linking.branch_errors import BranchErrors
from inceptionspec.frontend.linking.layer_errors import LayerErrors
from inceptionspec.frontend.linking.misfit import UnlinkedNetwork
from inceptionspec.frontend.linking.shape_inference import Misfit
from inceptionspec.frontend.linking.size_errors import SizeErrors


def shape_errors(network: UnlinkedNetwork) -> Iterator[Diagnostic]:
    """A finding for each cause, in the order of layers.

    Windows that all want a larger input (or a smaller one) have one cause. Where only heads
    want it, each has a finding of its own, since each can be left out.
    """
    branches, sizes, layers = BranchErrors(network), SizeErrors(network), LayerErrors(network)
    wanting: dict[tuple[str, str], list[Misfit]] = {}
    trunk = {one.error.wants for one in network.misfits if not network.layers[one.layer].head}
    for misfit in network.misfits:
        layer = network.layers[misfit.layer]
        wants = misfit.error.wants
        if layer.op.role == "merge":
            yield branches.finding(misfit)
        elif wants:
            head = "" if wants in trunk else layer.head
            wanting.setdefault((wants, head), []).append(misfit)
        else:
            yield layers.finding(misfit)
    for alike in wanting.values():
        yield sizes.finding(alike)
