"""What the Python API answers with: the data of the rooms below, able to print itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Self

from inceptionspec.analysis.diff.difference import Difference
from inceptionspec.analysis.summary import Summary
from inceptionspec.checks.check import Checked
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.export.results import Exported, Verified
from inceptionspec.prediction.results import Prediction, Predictions
from inceptionspec.reports.diff import text as diff_text
from inceptionspec.reports.evaluation import text as evaluation_text
from inceptionspec.reports.export import text as export_text
from inceptionspec.reports.findings.full import full
from inceptionspec.reports.findings.wording import count_line
from inceptionspec.reports.optimize import text as optimize_text
from inceptionspec.reports.predictions import text as predictions_text
from inceptionspec.reports.summary.html import html_table
from inceptionspec.reports.summary.rows import layer_table
from inceptionspec.reports.table import plain
from inceptionspec.rewrites import Rewritten
from inceptionspec.rewrites.savings import GraphCost, graph_cost
from inceptionspec.training.evaluation.results import Evaluation
from inceptionspec.utils.printed import MOST_LINES, Printed, short_text


class NetworkSummary(Summary, Printed):
    """All figures of a network: prints the table of `specbuild summary`.

    Attributes:
        layers: a row for each layer: its node, cost and receptive field.
        blocks: a row for each block.
        heads: a row for each head.
        total: the cost of all heads that were loaded.
        peak_activation_bytes: the most bytes of activations that live at one time.

    >>> summary = inceptionspec.load("inception_v3").summary()
    >>> summary.blocks[0].path, summary.blocks[0].cost.params
    ('Mixed_5b', 256368)
    """

    __slots__ = ()

    @classmethod
    def of(cls, summary: Summary) -> Self:
        """The same figures, able to print themselves."""
        return cls(*_values(summary))

    def to_text(self, depth: int | None = 1) -> str:
        """The table of `specbuild summary`.

        Args:
            depth: the elements of a path that rows tell apart: 1 has a row for each block,
                None for each layer.

        >>> table = inceptionspec.load("inception_v3").summary().to_text(depth=None)
        >>> "Mixed_7c/Branch_1/Conv2d_0b_1x3" in table
        True
        """
        return plain(layer_table(self, depth))

    def _repr_html_(self) -> str:
        return html_table(self)


class NetworkDifference(Difference, Printed):
    """What differs between two networks: prints the text of `specbuild diff`.

    Attributes:
        same: both compute the same; only names may differ.
        added: layers that the new network alone has.
        removed: layers that the old network alone has.
        changed: layers that both have, with the attributes, shapes and inputs that differ.
        renamed: paths that became others.
        heads: heads that were added, removed or changed.
        total: the costs of both networks.

    >>> old = inceptionspec.load("inception_v3")
    >>> found = old.diff(inceptionspec.load("inception_v3", classes=10))
    >>> found.total.new.params - found.total.old.params
    -2789820
    """

    __slots__ = ()

    @classmethod
    def of(cls, difference: Difference) -> Self:
        """The same data, able to print itself."""
        return cls(*_values(difference))

    def to_text(self, every: bool = False) -> str:
        """The text of `specbuild diff`.

        Args:
            every: name every layer and path, as `--all` does.

        >>> old = inceptionspec.load("inception_v3")
        >>> text = old.diff(inceptionspec.load("inception_v3_keras")).to_text(every=True)
        >>> text.startswith("old  InceptionV3")
        True
        """
        return diff_text.to_text(self, every)

    def __str__(self) -> str:
        text = self.to_text()
        if text.count("\n") > MOST_LINES:
            text = diff_text.to_text(self, parts=False)
        return short_text(text)


class OptimizedNetwork(Rewritten, Printed):
    """A network that was rewritten for inference: prints the text of `specbuild optimize`.

    Attributes:
        original: the graph as it was.
        graph: the graph as it is now.
        weights: how each weight of ``graph`` follows from those of ``original``.
        steps: what was done.
        skipped: what was looked at and left, and why.

    >>> optimized = inceptionspec.load("inception_v3").optimize()
    >>> "batch_norm" in {node.op for node in optimized.graph.nodes}
    False
    >>> "fold-batch-norm" in {step.of for step in optimized.steps}
    True
    """

    __slots__ = ("source",)

    source: str

    @classmethod
    def of(cls, rewritten: Rewritten, source: str) -> Self:
        """The same graph, able to print what the rewrites save.

        Args:
            rewritten: the graph before and after.
            source: where the spec was read from.
        """
        self = cls(*_values(rewritten))
        object.__setattr__(self, "source", source)
        return self

    @property
    def before(self) -> GraphCost:
        """What the original network costs.

        >>> inceptionspec.load("inception_v3").optimize().before.layers
        133
        """
        return graph_cost(self.original)

    @property
    def after(self) -> GraphCost:
        """What the rewritten network costs.

        >>> optimized = inceptionspec.load("inception_v3").optimize()
        >>> optimized.after.flops < optimized.before.flops
        True
        """
        return graph_cost(self.graph)

    def to_text(self, explain: bool = False) -> str:
        """The text of `specbuild optimize`.

        Args:
            explain: list every rewrite, and what was left and why, with lines of the spec.

        >>> text = inceptionspec.load("inception_v3").optimize().to_text(explain=True)
        >>> "dead-code-elimination" in text
        True
        """
        return optimize_text.to_text(self, self.source, explain=explain)


class CheckResult(Checked, Printed):
    """What is wrong with a network that could be read: prints what `specbuild check` prints.

    `len(result)` counts the findings and a loop visits them; it is false if there are none.

    Attributes:
        findings: all of them, in file order.
        notes: what was not tested and why, and which input sizes fit.
        complete: false if the check stopped early because it found so much.

    >>> result = inceptionspec.load("inception_v3").check()
    >>> [finding.code for finding in result]
    []
    """

    __slots__ = ()

    @classmethod
    def of(cls, checked: Checked) -> Self:
        """The same findings, able to print themselves."""
        return cls(*_values(checked))

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Contracts and budgets that do not hold.

        >>> inceptionspec.load("inception_v3").check().errors
        ()
        """
        return tuple(finding for finding in self.findings if finding.level == "error")

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What is probably not meant.

        >>> inceptionspec.load("inception_v3").check().warnings
        ()
        """
        return tuple(finding for finding in self.findings if finding.level == "warning")

    def raise_errors(self) -> None:
        """Raise the errors, if there are any; warnings are none.

        Raises:
            ContractError: a contract or a budget does not hold.

        >>> inceptionspec.load("inception_v3").check().raise_errors()
        """
        if self.errors:
            raise SpecError(self.errors, self.complete)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def to_text(self) -> str:
        """The text of `specbuild check`, at most twenty findings long.

        >>> network = inceptionspec.loads("{spec: 1, extends: inception_v3, name: mine}")
        >>> print(network.check().to_text(), end="")
        <text>: ok (mine, 133 layers)
        """
        text = full(self.findings, self.notes)
        return f"{text}{count_line(self.findings) or self.clean}\n"

    def __repr__(self) -> str:
        return f"<CheckResult: {count_line(self.findings) or 'ok'}>"


class ExportedFile(Exported, Printed):
    """What `Network.export` has written: prints the text of `specbuild export`.

    Attributes:
        file: where; a checkpoint's prefix.
        files: all files that were written.
        receipt: what the file says of itself: digests, preprocessing, labels, versions, the
            largest deviation.
        cost: what int8 costs; None in float32.

    >>> network = inceptionspec.load("inception_v1", width=0.1)
    >>> exported = network.export("mixed_3b.onnx", outputs="Mixed_3b")
    >>> exported.files, exported.receipt.verified
    (('mixed_3b.onnx',), True)
    """

    __slots__ = ()

    @classmethod
    def of(cls, exported: Exported) -> Self:
        """The same data, able to print itself."""
        return cls(*_values(exported))

    def to_text(self) -> str:
        """The text of `specbuild export`.

        >>> network = inceptionspec.load("inception_v1", width=0.1)
        >>> print(network.export("mixed_3b.onnx", outputs="Mixed_3b"))
        wrote      mixed_3b.onnx
        ...
        """
        return export_text.exported_text(self)


class VerifiedFile(Verified, Printed):
    """What `verify` has found of an exported file: prints the text of `specbuild verify`.

    Attributes:
        file: its name.
        receipt: what it says of itself.
        checks: what was checked: a name, whether it holds (None: not checked), and a text.
        findings: what does not hold; ``ok`` if there is none.

    >>> network = inceptionspec.load("inception_v1", width=0.1)
    >>> exported = network.export("mixed_3b.safetensors")
    >>> inceptionspec.verify("mixed_3b.safetensors").ok
    True
    """

    __slots__ = ()

    @classmethod
    def of(cls, verified: Verified) -> Self:
        """The same data, able to print itself."""
        return cls(*_values(verified))

    def raise_errors(self) -> None:
        """Raise a SpecError with the findings if there are any.

        >>> network = inceptionspec.load("inception_v1", width=0.1)
        >>> exported = network.export("mixed_3b.onnx", outputs="Mixed_3b")
        >>> inceptionspec.verify("mixed_3b.onnx").raise_errors()
        """
        if self.findings:
            raise SpecError(self.findings)

    def to_text(self) -> str:
        """The text of `specbuild verify`.

        >>> network = inceptionspec.load("inception_v1", width=0.1)
        >>> exported = network.export("mixed_3b.onnx", outputs="Mixed_3b")
        >>> print(inceptionspec.verify("mixed_3b.onnx"))
        mixed_3b.onnx
        receipt    holds: ...
        ...
        """
        return export_text.verified_text(self)


class PredictionResult(Predictions, Printed):
    """What pictures show: prints the text of `specbuild predict`.

    `len(result)` counts the pictures and a loop visits them.

    Attributes:
        pictures: those that could be read, each with its likeliest classes.
        skipped: a finding for each that could not be read.
        members: the networks whose mean it is.
        crops: how many parts of each picture were shown to each network.

    >>> import numpy
    >>> network = inceptionspec.load("inception_v1", width=0.1, classes=10)
    >>> result = network.predict(numpy.zeros((300, 400, 3), "uint8"))
    >>> result.pictures[0].rows[0].number < 10
    True
    """

    __slots__ = ()

    @classmethod
    def of(cls, predictions: Predictions) -> Self:
        """The same data, able to print itself."""
        return cls(*_values(predictions))

    def __iter__(self) -> Iterator[Prediction]:
        return iter(self.pictures)

    def __len__(self) -> int:
        return len(self.pictures)

    def to_text(self) -> str:
        """The text of `specbuild predict`.

        >>> import numpy
        >>> network = inceptionspec.load("inception_v1", width=0.1, classes=10)
        >>> print(network.predict(numpy.zeros((300, 400, 3), "uint8"), top=1))
        #0
          ...  class ...
        """
        return predictions_text.to_text(self)


class EvaluationResult(Evaluation, Printed):
    """How good a network or an ensemble is: prints the text of `specbuild evaluate`.

    Attributes:
        data: what was shown.
        digest: SHA-256 of the data.
        pictures: how many were shown; all figures are of these.
        crops: how many parts of each were shown to each network.
        figures: top-1, top-5 and loss with their intervals, and the calibration error.
        classes: the same counts of each class.
        confusion: how many pictures of a class (the row) are predicted as another.
        bins: pictures by the probability of their likeliest class.
        members: each network by itself.
        disagreement: of the members; None for one network.
        skipped: a finding for each picture that could not be read.
        notes: how classes were matched.

    >>> import numpy
    >>> network = inceptionspec.load("inception_v1", width=0.1, classes=2)
    >>> pictures = numpy.zeros((4, 300, 400, 3), "uint8")
    >>> result = network.evaluate((pictures, [0, 0, 0, 1]))
    >>> [one.pictures for one in result.classes], sum(map(sum, result.confusion))
    ([3, 1], 4)
    """

    __slots__ = ()

    @classmethod
    def of(cls, evaluation: Evaluation) -> Self:
        """The same data, able to print itself."""
        return cls(*_values(evaluation))

    def to_text(self) -> str:
        """The text of `specbuild evaluate`.

        >>> import numpy
        >>> network = inceptionspec.load("inception_v1", width=0.1, classes=2)
        >>> black = numpy.zeros((2, 300, 400, 3), "uint8")
        >>> print(network.evaluate((black, [0, 1])))
        InceptionV1
        2 pictures of 2 classes, arrays
        ...
        """
        return evaluation_text.to_text(self)

    def save_confusion(self, file: str) -> None:
        """Write the confusion matrix.

        Args:
            file: ends in ``.csv``, ``.svg`` or ``.png``; it is written whole or not at all.

        Raises:
            SpecError: it cannot be written, or matplotlib is not installed.

        >>> import numpy
        >>> network = inceptionspec.load("inception_v1", width=0.1, classes=2)
        >>> black = numpy.zeros((2, 300, 400, 3), "uint8")
        >>> network.evaluate((black, [0, 1])).save_confusion("confusion.csv")
        """
        from inceptionspec.reports.evaluation.confusion import write_confusion

        write_confusion(self, file, external(f"save_confusion: {file}"))


def _values(data: Any) -> Iterator[Any]:
    return (getattr(data, field.name) for field in fields(data))
