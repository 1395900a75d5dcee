"""All moves, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from inceptionspec.moves.blocks import innermost, residual, squeeze_excite
from inceptionspec.moves.factorize import (
    columns_then_rows,
    expanded_bank,
    rows_then_columns,
    two_3x3,
)
from inceptionspec.moves.norms import batch_norm, unnormed
from inceptionspec.moves.pools import average, maximum, parallel_reduction
from inceptionspec.moves.record import Move
from inceptionspec.moves.resolution import double_input, first_layers, halve_input
from inceptionspec.moves.separable import separable

_V3 = "arXiv:1512.00567 (Rethinking the Inception Architecture for Computer Vision)"
_V4 = "arXiv:1602.07261 (Inception-v4, Inception-ResNet and the Impact of Residual Connections)"
_NORM = "arXiv:1502.03167 (Batch Normalization)"
_SE = "arXiv:1709.01507 (Squeeze-and-Excitation Networks)"
_XCEPTION = "arXiv:1610.02357 (Xception: Deep Learning with Depthwise Separable Convolutions)"
_PLAIN = "stride and padding the same on all sides, without gaps and groups"

MOVES: Mapping[str, Move] = MappingProxyType(
    {
        move.name: move
        for move in (
            Move(
                "two-3x3",
                "a 5x5 becomes two 3x3 of as many filters, a 7x7 three",
                f"{_V3}, section 3.1",
                f"convolutions of 5x5, 7x7, ...; {_PLAIN}",
                "new architecture",
                two_3x3,
            ),
            Move(
                "1xn-nx1",
                "an nxn becomes a 1xn and then an nx1, with the channels that it reads in between",
                f"{_V3}, section 3.2",
                f"convolutions of 3x3 and more that do not read the picture; {_PLAIN}",
                "new architecture",
                rows_then_columns,
            ),
            Move(
                "nx1-1xn",
                "an nxn becomes an nx1 and then a 1xn, with the channels that it reads in between",
                f"{_V3}, section 3.2",
                f"convolutions of 3x3 and more that do not read the picture; {_PLAIN}",
                "new architecture",
                columns_then_rows,
            ),
            Move(
                "expanded-bank",
                "an nxn becomes a 1xn and an nx1 side by side, each with all of its filters",
                f"{_V3}, section 6 and figure 7",
                "convolutions of 3x3 and more with `same` padding or pixels, whose readers take "
                "twice as many channels",
                "new architecture",
                expanded_bank,
            ),
            Move(
                "parallel-reduction",
                "a pool with a stride gets a convolution of the same window next to it",
                f"{_V3}, section 5 and figure 10",
                "max and average pools with a stride, whose readers take twice as many channels",
                "new architecture",
                parallel_reduction,
            ),
            Move(
                "separable",
                "a convolution becomes depthwise separable",
                f"{_XCEPTION}, section 3",
                "convolutions larger than 1x1, without groups",
                "approximate",
                separable,
            ),
            Move(
                "residual",
                "a scaled residual connection around a block, with the 1x1 that it needs",
                f"{_V4}, sections 3.2 and 3.3",
                "blocks without one that keep the map or shrink it as a 1x1 with a stride would",
                "new architecture",
                residual,
                innermost,
            ),
            Move(
                "squeeze-excite",
                "a gate of its channels after a block, or before its sum",
                f"{_SE}, section 3",
                "blocks that yield a map and do not end in a gate",
                "new architecture",
                squeeze_excite,
                innermost,
            ),
            Move(
                "batch-norm",
                "batch norms in, local response normalization and dropout out",
                f"{_NORM}, section 4.2.1",
                "convolutions of maps without a norm of their own, before or after, that do not "
                "yield logits; `dropout`; `lrn` that nothing reads by name",
                "approximate",
                batch_norm,
                unnormed,
            ),
            Move(
                "avg-pool",
                "a max pool becomes an average pool",
                f"{_NORM}, appendix",
                "max pools",
                "approximate",
                average,
            ),
            Move(
                "max-pool",
                "an average pool becomes a max pool",
                f"{_NORM}, appendix (the last block)",
                "average pools",
                "approximate",
                maximum,
            ),
            Move(
                "halve-input",
                "pictures of half the size, and a first layer without its stride of 2",
                f"{_V3}, Performance on Lower Resolution Input",
                "the layer that reads the picture, with a stride of 2; the size is not open",
                "approximate",
                halve_input,
                first_layers,
            ),
            Move(
                "double-input",
                "pictures of twice the size, and a stride of 2 in the first layer",
                f"{_V3}, Performance on Lower Resolution Input",
                "the layer that reads the picture, with a stride of 1; the size is not open",
                "approximate",
                double_input,
                first_layers,
            ),
        )
    }
)
