"""A graph as steps of a module: calls of layers, and calls of functions that stand for blocks.

Blocks of one definition become one function where they have the same layers in the same order;
what differs between them becomes its arguments.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inceptionspec.backends.keras_source.call import Call, Code
from inceptionspec.backends.keras_source.calls import calls_of
from inceptionspec.backends.keras_source.helpers import (
    Helper,
    Style,
    helper_call,
    helpers,
    style_of,
)
from inceptionspec.ir.graph import Block, Graph, Node
from inceptionspec.ir.traversal import ancestors

#: At most this many names of layers may differ between blocks that become one function.
_MOST_NAMES = 3
#: The result of a node, by its index, or of a call inside a node, by its index and place.
Value = tuple[int, int]


@dataclass(slots=True)
class Step:
    """One call in the body of a function.

    Attributes:
        call: what is called; that of a block has arguments once its function is known.
        name: the full name of the layer or the block, with dots.
        reads: the values that it reads.
        yields: its result.
        prefer: the variable that the result would best have.
        use: the block that is called; None for a layer.
    """

    call: Call
    name: str
    reads: tuple[Value, ...]
    yields: Value
    prefer: str
    use: Use | None = None


@dataclass(slots=True)
class Use:
    """A block that becomes a call of a function.

    Attributes:
        block: the block.
        members: its nodes that are needed, in order.
        sources: the nodes outside that it reads, in the order of reading.
        output: the node whose tensor others read.
        given: the arguments that the spec's call gives, by name.
        steps: its body.
        height: how deep uses nest inside.
        function: what it calls.
    """

    block: Block
    members: tuple[int, ...]
    sources: tuple[int, ...]
    output: int
    given: Mapping[str, Any]
    steps: list[Step] = field(default_factory=list)
    height: int = 0
    function: Function | None = None

    @property
    def prefix(self) -> str:
        """What the names of its layers start with."""
        return self.block.path.replace("/", ".") + "."


@dataclass(slots=True)
class Function:
    """A function of the module that builds a block.

    Attributes:
        name: of the function.
        definition: of the block in the spec.
        example: the block whose steps its text is made of.
        arguments: for each place in the steps (``_places``) whose value differs, the argument.
        defaults: by argument, for those that most calls need not give.
    """

    name: str
    definition: str
    example: Use
    arguments: Mapping[tuple[int, str], str]
    defaults: Mapping[str, Any]


@dataclass(slots=True)
class Steps:
    """The whole network: helpers, functions in the order of definition, the steps of `build`."""

    helpers: Mapping[Style, Helper]
    functions: list[Function]
    steps: list[Step]


def steps_of(
    graph: Graph,
    ends: Iterable[int],
    given: Mapping[str, Mapping[str, Any]],
    taken: Iterable[str],
) -> Steps:
    """The steps that build a network.

    Args:
        graph: the network.
        ends: the nodes that it yields.
        given: the arguments of the spec's calls of blocks, by path and name.
        taken: names that no function may have.

    Raises:
        SpecError: a layer needs a known size (E0407).
    """
    kept = set(ends)
    nodes = [index for index in ancestors(graph.nodes, kept) if index]
    calls = {index: calls_of(graph, graph.nodes[index]) for index in nodes}
    known = helpers(calls.values())
    uses = _uses(graph, nodes, kept, given)
    writer = _Writer(graph, calls, known, uses)
    functions: list[Function] = []
    names = Counter([*taken, *(helper.name for helper in known.values())])
    for height in range(max((use.height for use in uses), default=-1) + 1):
        same = [use for use in uses if use.height == height]
        for use in same:
            use.steps = writer.body(use.members, use)
        functions += _functions(same, names)
    return Steps(known, functions, writer.body(_heads_early(graph, nodes), None))


def _uses(
    graph: Graph, nodes: Sequence[int], kept: set[int], given: Mapping[str, Mapping[str, Any]]
) -> list[Use]:
    """The blocks that can become functions: several layers, one result, names that start alike."""
    readers: dict[int, set[int]] = {}
    for index in nodes:
        for source in graph.nodes[index].inputs:
            readers.setdefault(source, set()).add(index)
    place = {index: number for number, index in enumerate(nodes)}
    found = []
    for block in graph.blocks:
        members = tuple(index for index in block.members if index in place)
        if not block.definition or len(members) < 2:
            continue
        inside = set(members)
        results = [
            index for index in members if index in kept or readers.get(index, set()) - inside
        ]
        together = place[members[-1]] - place[members[0]] == len(members) - 1
        alike = all(graph.nodes[index].path.startswith(f"{block.path}/") for index in members)
        if len(results) == 1 and together and alike and results[0] not in kept:
            sources = dict.fromkeys(
                source
                for index in members
                for source in graph.nodes[index].inputs
                if source not in inside
            )
            arguments = given.get(block.path, {})
            found.append(Use(block, members, tuple(sources), results[0], arguments))
    for use in sorted(found, key=lambda one: len(one.members)):
        inner = [other.height for other in found if _holds(use, other)]
        use.height = 1 + max(inner, default=-1)
    return found


def _holds(use: Use, other: Use) -> bool:
    """Whether a block is inside another; blocks of the same layers nest by their paths."""
    return other is not use and other.block.path.startswith(f"{use.block.path}/")


def _heads_early(graph: Graph, nodes: Sequence[int]) -> list[int]:
    """The nodes with each head after what it reads, so that the trunk's variable stays free."""
    heads: dict[str, list[int]] = {}
    trunk = []
    for index in nodes:
        if graph.nodes[index].head:
            heads.setdefault(graph.nodes[index].head, []).append(index)
        else:
            trunk.append(index)
    after: dict[int, list[int]] = {}
    for members in heads.values():
        inside = set(members)
        sources = {s for index in members for s in graph.nodes[index].inputs if s not in inside}
        last = max(sources, default=0)
        if graph.nodes[last].head:  # it reads another head: leave it where it is
            return list(nodes)
        after.setdefault(last, []).extend(members)
    ordered = list(after.get(0, ()))
    for index in trunk:
        ordered += [index, *after.get(index, ())]
    return ordered


class _Writer:
    """Makes the bodies of functions."""

    def __init__(
        self,
        graph: Graph,
        calls: Mapping[int, Sequence[Call]],
        known: Mapping[Style, Helper],
        uses: Sequence[Use],
    ) -> None:
        self.graph = graph
        self.calls = calls
        self.known = known
        self.first: dict[int, list[Use]] = {}
        for use in sorted(uses, key=lambda one: one.height):  # the outermost comes last
            self.first.setdefault(use.members[0], []).append(use)

    def body(self, nodes: Sequence[int], around: Use | None) -> list[Step]:
        """The steps of some nodes; blocks among them that have functions are calls."""
        steps: list[Step] = []
        inner: set[int] = set()
        branch = "" if around is None else self._branch_around(around)
        for index in nodes:
            if index in inner:
                continue
            use = self._use_at(index, around)
            if use is None:
                steps += self._layer(self.graph.nodes[index], branch)
            else:
                inner.update(use.members)
                steps.append(self._call(use, branch))
        return steps

    def _use_at(self, index: int, around: Use | None) -> Use | None:
        """The outermost block that starts at a node and is inside another."""
        for use in reversed(self.first.get(index, ())):
            if around is None or (use.height < around.height and _holds(around, use)):
                return use
        return None

    def _call(self, use: Use, branch: str) -> Step:
        node = self.graph.nodes[use.output]
        reads = tuple((index, -1) for index in use.sources)
        prefer = self._variable(node, self._outer_branch(use), branch)
        return Step(Call("", "", {}), use.prefix[:-1], reads, (use.output, -1), prefer, use)

    def _layer(self, node: Node, branch: str) -> list[Step]:
        calls = list(self.calls[node.index])
        style = style_of(calls)
        if style is not None and style in self.known:
            calls = [helper_call(self.known[style], calls[0])]
        prefer = self._variable(node, node.branch, branch)
        steps: list[Step] = []
        for number, call in enumerate(calls):
            last = number == len(calls) - 1
            reads = self._reads(node, call, steps)
            part = f".{call.part}" if call.part else ""
            name = node.path.replace("/", ".") + part
            yields = (node.index, -1 if last else number)
            steps.append(Step(call, name, reads, yields, prefer))
        return steps

    @staticmethod
    def _reads(node: Node, call: Call, before: Sequence[Step]) -> tuple[Value, ...]:
        if call.inputs is None:
            return (before[-1].yields if before else (node.inputs[0], -1),)
        return tuple(
            (node.inputs[number], -1) if number >= 0 else before[number].yields
            for number in call.inputs
        )

    def _branch_around(self, use: Use) -> str:
        """The branch that a block is in."""
        return self._outer_branch(use)

    def _outer_branch(self, use: Use) -> str:
        branch = self.graph.nodes[use.output].branch
        while branch == use.block.path or branch.startswith(f"{use.block.path}/"):
            branch = branch.rpartition("/")[0]
        return branch

    def _variable(self, node: Node, branch: str, around: str) -> str:
        """The variable that suits a node: that of its branch, of its head, or ``x``."""
        if branch and branch != around:
            return identifier(branch.rpartition("/")[2])
        return identifier(node.head) if node.head and not around else "x"


def _functions(uses: Sequence[Use], names: Counter[str]) -> list[Function]:
    """A function for each set of blocks of one definition that are built alike."""
    alike: dict[Any, list[list[Use]]] = {}
    for use in uses:
        groups = alike.setdefault((use.block.definition, _skeleton(use)), [])
        for group in groups:
            if _names_apart(group[0], use) <= _MOST_NAMES:
                group.append(use)
                break
        else:
            groups.append([use])
    made = []
    for (definition, _), groups in alike.items():
        for group in groups:
            made.append(_function(definition, group, names))
    return sorted(made, key=lambda function: function.example.members[0])


def _function(definition: str, group: Sequence[Use], names: Counter[str]) -> Function:
    stem = identifier(definition)
    names[stem] += 1
    while names[stem] > 1 and names[f"{stem}_{names[stem]}"]:
        names[stem] += 1
    name = stem if names[stem] == 1 else f"{stem}_{names[stem]}"
    places = _places(group[0])
    columns = {place: [_places(use)[place] for use in group] for place in places}
    differing = {place: column for place, column in columns.items() if len(set(column)) > 1}
    arguments: dict[tuple[int, str], str] = {}
    defaults: dict[str, Any] = {}
    by_column: dict[tuple[Any, ...], str] = {}
    used = {"x", "name", *names}
    for place, column in differing.items():
        key = (place[1] == "name", *column)
        if key not in by_column:
            argument = _argument(group, place, column, used, len(differing))
            used.add(argument)
            by_column[key] = argument
            if place[1] == "name":
                defaults[argument] = Counter(column).most_common(1)[0][0]
        arguments[place] = by_column[key]
    function = Function(name, definition, group[0], arguments, defaults)
    for use in group:
        use.function = function
        own = _places(use)
        given = {argument: own[place] for place, argument in arguments.items()}
        required = {key: value for key, value in given.items() if key not in defaults}
        use.given = {**required, **{key: given[key] for key in defaults}}
    return function


def _argument(
    group: Sequence[Use],
    place: tuple[int, str],
    column: Sequence[Any],
    used: set[str],
    count: int,
) -> str:
    """A name for what differs: that of the spec's argument of the same values, or our own."""
    step = group[0].steps[place[0]]
    own = identifier(step.name.rpartition(".")[2])
    if place[1] == "name":
        stem = f"{own}_name"
    else:
        of_spec = [
            name
            for name in group[0].given
            if [_plain(use.given.get(name)) for use in group] == [_plain(v) for v in column]
        ]
        free = [identifier(name) for name in of_spec if identifier(name) not in used]
        stem = free[0] if free else place[1] if place[1] not in used else f"{own}_{place[1]}"
    stem = identifier(stem)
    name, number = stem, 1
    while name in used:
        number += 1
        name = f"{stem}_{number}"
    return name


def _plain(value: Any) -> Any:
    """A value to compare with the spec's: equal sides as one number."""
    if isinstance(value, tuple) and len(set(value)) == 1:
        value = value[0]
    return value if isinstance(value, (int, float)) else str(value)


def _places(use: Use) -> dict[tuple[int, str], Any]:
    """What may differ between two blocks: numbers and sizes, and the last elements of names."""
    found: dict[tuple[int, str], Any] = {}
    for number, step in enumerate(use.steps):
        found[number, "name"] = step.name.removeprefix(use.prefix).split(".")[_last(step)]
        args = step.call.args if step.use is None else step.use.given
        for key, value in args.items():
            if _may_differ(value):
                found[number, key] = value
    return found


def _last(step: Step) -> int:
    """Which element of a step's name is the layer's own, from the end."""
    return -1 - bool(step.call.part) if step.use is None else -1


def _may_differ(value: Any) -> bool:
    return not isinstance(value, (bool, Code)) and isinstance(value, (int, float, tuple))


def _names_apart(use: Use, other: Use) -> int:
    one, two = _places(use), _places(other)
    names = [place for place in one if place[1] == "name"]
    return sum(one[place] != two[place] for place in names)


def _skeleton(use: Use) -> Any:
    """What must be equal in blocks that become one function."""
    numbers: dict[Value, int] = {(index, -1): -1 - n for n, index in enumerate(use.sources)}
    found = []
    for number, step in enumerate(use.steps):
        numbers[step.yields] = number
        reads = tuple(numbers[value] for value in step.reads)
        parts = step.name.removeprefix(use.prefix).split(".")
        last = _last(step)
        around = (tuple(parts[:last]), tuple(parts[last:][1:]))
        args = step.call.args if step.use is None else step.use.given
        fixed = tuple(
            (key, None if _may_differ(value) else repr(value)) for key, value in args.items()
        )
        if step.use is None:
            called = step.call.function
        else:
            assert step.use.function is not None
            called = step.use.function.name
        found.append((called, reads, around, fixed, step.prefer))
    return tuple(found), numbers[use.output, -1]


_WORD = re.compile(r"\W+")


def identifier(name: str) -> str:
    """A name of Python made of any text: ``Branch_0`` becomes ``branch_0``."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    word = _WORD.sub("_", split).strip("_").lower()
    return word if word.isidentifier() and not _reserved(word) else f"v_{word}"


def _reserved(word: str) -> bool:
    import keyword

    return keyword.iskeyword(word) or keyword.issoftkeyword(word) or word in _IMPORTED


_IMPORTED = ("keras", "layers", "initializers", "regularizers", "ops", "math", "np", "build")
