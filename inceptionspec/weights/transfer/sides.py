"""A base and its variant side by side, with the channels of the variant that are known so far."""

from __future__ import annotations

import numpy as np

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.weights.transfer.channels import Channels, Found, Meanings
from inceptionspec.weights.transfer.line_up import LineUp


class Sides:
    """Two networks, what their layers correspond to, and what the variant's channels mean.

    Attributes:
        old: the base.
        new: the variant.
        lined_up: which layer of the base each layer of the variant is.
        meanings: the channels of the base.
        channels: those of the variant, by the number of the layer that yields them; filled as
            the variant is walked, inputs first.
        readers: the layers that read each layer of the variant.
    """

    def __init__(self, old: Graph, new: Graph, lined_up: LineUp) -> None:
        self.old, self.new = old, new
        self.lined_up = lined_up
        self.meanings = Meanings(old)
        self.channels: dict[int, Channels] = {}
        self.readers: list[list[int]] = [[] for _ in new.nodes]
        for node in new.nodes:
            for index in node.inputs:
                self.readers[index].append(node.index)

    def counterpart(self, node: Node) -> Node | None:
        """The layer of the base that a layer of the variant is; None for a new one."""
        index = self.lined_up.partner[node.index]
        return None if index is None else self.old.nodes[index]

    def found(self, base: Node, given: Channels) -> Found:
        """Where what a layer of the base reads is among some channels of the variant."""
        found = self.meanings.find(self.meanings.ids[base.inputs[0]], given)
        mixed = given.ids == self.meanings.mixed
        return found._replace(same=np.where(mixed, given.same, found.same))
