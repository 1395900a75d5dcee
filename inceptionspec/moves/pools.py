"""Other pools, and pools that are one of two paths to a smaller map.

Sources: Ioffe and Szegedy, Batch Normalization (arXiv:1502.03167), appendix (average pools in
blocks where GoogLeNet has max pools); Szegedy et al., Rethinking the Inception Architecture
(arXiv:1512.00567), section 5 and figure 10.
"""

from __future__ import annotations

from typing import Any

from inceptionspec.moves.layers import as_operator, layers_of
from inceptionspec.moves.record import Edit, UnfitError
from inceptionspec.moves.site import Base, Site, plain, value
from inceptionspec.ops import OPS


def average(base: Base, site: Site) -> Edit:
    """A max pool becomes an average pool of the same window."""
    return _other_pool(base, site, "max_pool", "avg_pool")


def maximum(base: Base, site: Site) -> Edit:
    """An average pool becomes a max pool of the same window."""
    return _other_pool(base, site, "avg_pool", "max_pool")


def _other_pool(base: Base, site: Site, old: str, new: str) -> Edit:
    nodes = layers_of(base, site, old)
    change = as_operator(base, site, nodes[0], new)
    return Edit({"set": plain(change)})


def parallel_reduction(base: Base, site: Site) -> Edit:
    """A pool with a stride gets a convolution of the same window and stride next to it.

    It has as many filters as channels come in, so that twice as many go out.
    """
    nodes = layers_of(base, site, "max_pool", "avg_pool")
    for node in nodes:
        if max(node.attributes["stride"]) == 1:
            raise UnfitError("its stride is 1")
        if node.attributes.get("ceil"):
            raise UnfitError("it keeps a last window (`ceil`), which no convolution does")
        if node.attributes["clip"] or node.attributes.get("follows_input"):
            raise UnfitError("its window follows the size of the map")
    counts = {node.shape[-1] for node in nodes}
    if len(counts) > 1:
        raise UnfitError("its calls read different numbers of channels: name them by path")
    node, item = nodes[0], site.node.item
    usual = {**base.default(node.op)}
    pool: dict[str, Any] = {"op": node.op, "name": "Pool"}
    conv: dict[str, Any] = {"op": "conv", "name": "Conv"}
    known = {attribute.name for attribute in OPS["conv"].attributes}
    for key in item:
        if key in node.attributes:
            pool[key] = value(item, key, as_written=site.is_definition)
    own = {key: given for key, given in pool.items() if key in known}
    conv |= {key: plain(given) for key, given in usual.items() if key in known} | own
    conv = {**conv, "op": "conv", "name": "Conv", "filters": counts.pop()}
    part: dict[str, Any] = {"branches": {"Branch_0": [conv], "Branch_1": [pool]}}
    if "from" in item:
        part["from"] = value(item, "from", as_written=site.is_definition)
    return Edit({"replace": [part]})
