"""How a diagram looks: attributes of the DOT language, in closed tables."""

from __future__ import annotations

from inceptionspec.backends.diagram import palette

FONT = "Helvetica"
"""A name whose widths engines know by heart; a list of names would be measured as Times."""
GRAPH = {"rankdir": "TB", "labelloc": "t", "fontname": FONT, "fontsize": "20",
         "fontcolor": palette.INK, "bgcolor": "white", "nodesep": "0.18", "ranksep": "0.28",
         "pad": "0.2"}  # fmt: skip
SUBTITLE = {"fontsize": "11", "peripheries": "0", "style": "", "margin": "12"}
NODE = {"shape": "box", "style": "rounded,filled", "fontname": FONT, "fontsize": "11",
        "fontcolor": palette.INK, "color": palette.LINE, "penwidth": "0.8", "height": "0.3",
        "margin": "0.12,0.05"}  # fmt: skip
EDGE = {"color": palette.LINE, "penwidth": "0.8", "arrowsize": "0.6"}
SHORTCUT = {"color": palette.SHORTCUT, "penwidth": "1.6"}
FRAME = {"style": "rounded,filled", "color": palette.FRAME_LINE, "fontsize": "11",
         "margin": "10", "peripheries": "1"}  # fmt: skip
# Edges leave a frame at its foot by fans, but heads have none that do; shortcuts come in
# at the left.
AT_HEAD = {"labelloc": "t", "labeljust": "r"}
AT_FOOT = {"labelloc": "b", "labeljust": "l"}
MARKED = {"style": "rounded,filled,dashed", "color": palette.AUXILIARY, "penwidth": "1.4"}
TITLE = {"shape": "plain", "style": ""}
POINT = {"shape": "point", "width": "0.01", "style": "invis"}
# Edges run to its centre, unclipped, so that two strokes look like one.
BEAD = {"shape": "point", "width": "0.022", "style": "filled", "color": palette.SHORTCUT,
        "fillcolor": palette.SHORTCUT}  # fmt: skip
HEAVY = "1000"
"""The weight of edges that are to stand upright; others weigh 1."""
AUXILIARY = {"style": "rounded,filled,dashed", "color": palette.AUXILIARY,
             "fontcolor": palette.AUXILIARY}  # fmt: skip
LEGEND = {"fontsize": "9", "height": "0.2", "width": "0.9", "margin": "0.05,0.02"}
