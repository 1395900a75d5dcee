"""The whole pipeline in one screen: text to a loaded spec."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from inceptionspec.diagnostics.diagnostic import Label, ShapeError, SpecError, spec_error
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.frontend.expansion.chain import with_bases
from inceptionspec.frontend.expansion.expander import expand
from inceptionspec.frontend.expansion.inheritance import Spec, given_arguments, inherit
from inceptionspec.frontend.expansion.tree import Scope
from inceptionspec.frontend.language.arguments import Environment
from inceptionspec.frontend.language.forms import SIZE
from inceptionspec.frontend.language.value_check import admits
from inceptionspec.frontend.linking.flat import FlatNetwork
from inceptionspec.frontend.linking.flatten import flatten
from inceptionspec.frontend.linking.linker import link
from inceptionspec.frontend.reading.document import Map
from inceptionspec.frontend.settings import DEFAULT_SETTINGS, DEFAULT_WIDTH, Settings, Width
from inceptionspec.frontend.writing.digest import document_digest, network_digest
from inceptionspec.frontend.writing.expanded_spec import Data, expanded_spec
from inceptionspec.ir.graph import Graph


@dataclass(frozen=True, eq=False)
class LoadedSpec:
    """The result of the front end, which all later rooms take.

    Attributes:
        source: the text that was asked for.
        flat: the layers before shapes, with the spec and the tree that they come from.
        graph: the linked graph.
        settings: what the user set from outside.
        limits: the limits that it was read under.
    """

    source: Source
    flat: FlatNetwork
    graph: Graph
    settings: Settings = DEFAULT_SETTINGS
    limits: Limits = DEFAULT_LIMITS

    @property
    def name(self) -> str:
        """What the network calls itself."""
        return self.spec.name

    @property
    def spec(self) -> Spec:
        """The spec after its bases."""
        return self.flat.spec

    @property
    def tree(self) -> Scope:
        """The spec with every call written out."""
        return self.flat.tree

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of what is computed (``network``) and of the whole text (``document``)."""
        return {
            "network": network_digest(self.graph),
            "document": document_digest(self.expanded()),
        }

    def __repr__(self) -> str:
        return f"<LoadedSpec {sanitize(self.name)}: {len(self.graph.nodes)} layers>"

    def expanded(self) -> Data:
        """The expanded spec as plain data.

        It holds contracts only at the spec's own settings, since they hold only there.
        """
        return expanded_spec(self.flat, self.graph, contracts=self.settings.are_default)


def load_spec(
    source: Source, settings: Settings = DEFAULT_SETTINGS, limits: Limits = DEFAULT_LIMITS
) -> LoadedSpec:
    """Read, check, expand and link a spec under some settings.

    Raises:
        SpecError: with every finding, each at its place.
    """
    spec = inherit(source, limits)
    try:
        args, findings = given_arguments(spec, settings.args)
        if findings:
            raise SpecError(findings)
        if settings.size is not None:
            spec.input = _resized(spec.input, *settings.size)
        tree = expand(spec, args, limits)
        width = (settings.width or DEFAULT_WIDTH).of_spec(spec.width)
        flat = flatten(spec, tree, args, width)
        try:
            graph = link(flat, settings.heads, limits)
        except ShapeError as error:
            raise _blamed_on_width(error, flat, args, width, settings.heads) from None
    except SpecError as error:
        raise SpecError(
            [with_bases(finding, spec.files) for finding in error.findings],
            error.complete,
        ) from None
    return LoadedSpec(source, flat, graph, settings, limits)


def _blamed_on_width(
    error: ShapeError, flat: FlatNetwork, args: Environment, width: Width, heads: tuple[str, ...]
) -> SpecError:
    """The error of a network that fits at width 1 and not under the width that a user gave."""

    def fits(other: Width) -> bool:
        try:
            link(flatten(flat.spec, flat.tree, args, other), heads, flat.spec.limits)
        except SpecError:
            return False
        return True

    if width.place is None or width.factor == 1 or not fits(DEFAULT_WIDTH):
        return error
    groups = {layer.attributes.get("groups") for layer in flat.layers}
    step = math.lcm(*(count for count in groups if isinstance(count, int)))
    helps: tuple[str, ...] = ()
    if step > width.round_to and fits(dataclasses.replace(width, round_to=step)):
        helps = (f"write `width: {{round_to: {step}}}` in the spec, so that groups divide",)
    blamed = [
        dataclasses.replace(finding, helps=(*helps, *finding.helps), edits=())
        if finding.primary.span is width.place
        else dataclasses.replace(
            finding,
            primary=Label(width.place, "it fits at width 1"),
            labels=(finding.primary, *finding.labels),
            helps=helps,
            edits=(),
        )
        for finding in error.findings
    ]
    return SpecError(blamed, error.complete)


def _resized(section: Map, size: str, span: Span) -> Map:
    """The section ``input`` with another size."""
    if not admits(SIZE, size):
        message = f"the input size must be {SIZE.expected}"
        square = f"{size}x{size}"
        helps = (f"write `{square}`",) if admits(SIZE, square) else ()
        raise spec_error("E0805", message, span, *helps)
    given = Map(span)
    given.put("size", size, span, span)
    return section.merged(given)
