"""The whole pipeline in one screen: text to a loaded spec."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from inceptionspec.diagnostics.diagnostic import Label, ShapeError, SpecError, spec_error
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.frontend.expansion.chain import with_bases
from inceptionspec.frontend.expansion.expander import Expander, expand
from inceptionspec.frontend.expansion.inheritance import given_arguments, inherit
from inceptionspec.frontend.expansion.spec import Spec
from inceptionspec.frontend.expansion.tree import Scope
from inceptionspec.frontend.language.forms import SIZE
from inceptionspec.frontend.language.value_check import admits
from inceptionspec.frontend.linking.flat import FlatNetwork
from inceptionspec.frontend.linking.flatten import flatten
from inceptionspec.frontend.linking.flatten_again import flattened_again, rescaled
from inceptionspec.frontend.linking.linker import link, links
from inceptionspec.frontend.reading.document import Map
from inceptionspec.frontend.settings import DEFAULT_SETTINGS, DEFAULT_WIDTH, Settings, Width
from inceptionspec.ir.graph import Graph

if TYPE_CHECKING:
    from inceptionspec.frontend.writing.expanded_spec import Data


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
        # Not imported before: `check` needs no digest, and OpenSSL takes its time.
        from inceptionspec.frontend.writing.digest import document_digest, network_digest

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
        from inceptionspec.frontend.writing.expanded_spec import expanded_spec

        return expanded_spec(self.flat, self.graph, contracts=self.settings.are_default)


def load_spec(
    source: Source, settings: Settings = DEFAULT_SETTINGS, limits: Limits = DEFAULT_LIMITS
) -> LoadedSpec:
    """Read, check, expand and link a spec under some settings.

    Raises:
        SpecError: with every finding, each at its place.
    """
    return load_inherited(source, inherit(source, limits), settings, limits)


def load_inherited(
    source: Source,
    spec: Spec,
    settings: Settings = DEFAULT_SETTINGS,
    limits: Limits = DEFAULT_LIMITS,
) -> LoadedSpec:
    """The same for a spec after its bases, which it changes: each is for one network alone.

    Raises:
        SpecError: with every finding, each at its place.
    """
    return load_flat(source, flattened(spec, settings, limits), settings, limits)


def flattened(
    spec: Spec, settings: Settings = DEFAULT_SETTINGS, limits: Limits = DEFAULT_LIMITS
) -> FlatNetwork:
    """Expand a spec after its bases, and flatten it: all but shapes.

    Raises:
        SpecError: with every finding, each at its place.
    """
    try:
        args, findings = given_arguments(spec, settings.args)
        if findings:
            raise SpecError(findings)
        if settings.size is not None:
            spec.input = _resized(spec.input, *settings.size)
        tree = expand(spec, args, limits)
        width = (settings.width or DEFAULT_WIDTH).of_spec(spec.width, spec.width.value_spans)
        return flatten(spec, tree, args, width)
    except SpecError as error:
        raise _with_bases(error, spec) from None


def load_flat(
    source: Source,
    flat: FlatNetwork,
    settings: Settings = DEFAULT_SETTINGS,
    limits: Limits = DEFAULT_LIMITS,
) -> LoadedSpec:
    """Link a network that was flattened.

    Raises:
        SpecError: with every finding, each at its place.
    """
    try:
        graph = link(flat, settings.heads, limits)
    except ShapeError as error:
        raise _with_bases(_blamed_on_width(error, flat, settings.heads), flat.spec) from None
    except SpecError as error:
        raise _with_bases(error, flat.spec) from None
    return LoadedSpec(source, flat, graph, settings, limits)


def relink(like: FlatNetwork, source: Source, document: Map) -> LoadedSpec | None:
    """A variant that differs from another one in its width and input size alone.

    Nothing is expanded again.

    Args:
        like: the other one, at the spec's own settings.
        source: the text of the other one.
        document: what that says, read and checked.

    Returns:
        None where its width leaves a layer no filter.

    Raises:
        SpecError: with every finding, each at its place.
    """
    before = like.spec
    nothing = Map(document.span)
    spec = dataclasses.replace(
        before,
        files=(document, *before.files[1:]),
        input=before.input.merged(document.get("input", nothing)),
        width=before.width.merged(document.get("width", nothing)),
    )
    width = DEFAULT_WIDTH.of_spec(spec.width, spec.width.value_spans)
    flat = rescaled(dataclasses.replace(like, spec=spec), width)
    return None if flat is None else load_flat(source, flat, limits=spec.limits)


def recalled(like: FlatNetwork, document: Map) -> FlatNetwork | None:
    """A variant that differs from another one in what it sets in calls, before shapes.

    Only the calls in which it sets something else are expanded again.

    Args:
        like: the other one, at the spec's own settings.
        document: what the text of the variant says, read and checked.

    Returns:
        None where that changes more than attributes of layers, or has a finding.
    """
    from inceptionspec.frontend.expansion.overrides import call_again

    spec = like.spec
    before, changes = spec.document.get("override", {}), document.get("override", {})
    only_sets = all(map(_only_sets, changes.values()))
    if before.keys() != changes.keys() or spec.deleted_args or not only_sets:
        return None
    args, _ = given_arguments(spec, {})
    expander = Expander(spec, args, spec.limits)
    tree = like.tree
    changed: list[str] = []
    for path in sorted(changes, key=lambda path: path.count("/")):
        inside_other = any(path.startswith(f"{other}/") for other in changed)
        if repr(changes[path]) == repr(before[path]) and not inside_other:  # 1 is not `true`
            continue
        changed.append(path)
        again = call_again(tree, path, changes[path]["set"], expander, args)
        if again is None:
            return None
        tree = again
    if expander.findings:
        return None
    spec = dataclasses.replace(spec, files=(document, *spec.files[1:]))
    return flattened_again(dataclasses.replace(like, spec=spec), args, tree)


def _only_sets(change: Any) -> bool:
    return isinstance(change, Map) and change.keys() == {"set"} and isinstance(change["set"], Map)


def _with_bases(error: SpecError, spec: Spec) -> SpecError:
    found = [with_bases(finding, spec.files) for finding in error.findings]
    return SpecError(found, error.complete)


def _blamed_on_width(error: ShapeError, flat: FlatNetwork, heads: tuple[str, ...]) -> SpecError:
    """The error of a network that fits at width 1 and not under the width that a user gave."""
    width = flat.width

    def fits(other: Width) -> bool:
        scaled = rescaled(flat, other)
        return scaled is not None and links(scaled, heads, flat.spec.limits)

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
