"""What a user sets on a spec from outside: arguments, input size, width, heads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError
from inceptionspec.diagnostics.source import Span

MINIMUM = 16
"""The fewest filters below width 1 by default: TF-Slim's ``min_depth``."""


@dataclass(frozen=True, slots=True)
class Width:
    """The width multiplier, as TF-Slim's depth multiplier scales.

    It is ``max(int(n * factor), minimum)`` below 1, and ``int(n * factor)`` from 1 on. Where
    ``round_to`` is above 1, the nearest multiple is taken, half a step upwards, and the next
    one where that is below 0.9 of the number or below the minimum, as in MobileNet.

    Attributes:
        given: the factor; None for the spec's own.
        minimum: the fewest filters below width 1; None for the spec's own number.
        round_to: scaled filters are a multiple of this number.
        place: where the width was given, which findings show.
    """

    given: float | None = None
    minimum: int | None = None
    round_to: int = 1
    place: Span | None = field(default=None, compare=False)

    @property
    def factor(self) -> float:
        """What filters are multiplied by; 1 where nothing is given."""
        return 1.0 if self.given is None else self.given

    @property
    def option(self) -> str:
        """The option that gives it, as a user writes it."""
        return f"--min-filters {self.minimum}" if self.given is None else f"--width {self.given:g}"

    def of_spec(self, section: Mapping[str, Any], places: Mapping[str, Span]) -> Width:
        """This width with what it leaves open taken from the ``width`` section of a spec.

        Args:
            section: the section.
            places: of its values.
        """
        minimum = section.get("at_least", MINIMUM) if self.minimum is None else self.minimum
        given, place = self.given, self.place
        if given is None and "factor" in section:
            given, place = float(section["factor"]), places["factor"]
        round_to = int(section.get("round_to", 1))
        return replace(self, given=given, minimum=int(minimum), round_to=round_to, place=place)

    def scale(self, filters: int, at_least: int = 1) -> int:
        """The number of filters under this width.

        Args:
            at_least: the layer's own minimum.
        """
        if self.factor == 1:
            return filters
        least = max(MINIMUM if self.minimum is None else self.minimum, at_least)
        scaled = int(filters * self.factor)
        if self.factor < 1:
            scaled = max(scaled, least)
        step = self.round_to
        rounded = (scaled + step // 2) // step * step
        if 10 * rounded < 9 * scaled or (self.factor < 1 and rounded < least):
            rounded += step
        return rounded


DEFAULT_WIDTH = Width()


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user sets from outside, each with the place that findings show.

    ``args`` holds values by argument name, ``size`` a text such as ``224x224`` or
    ``any``, ``heads`` the heads to keep (all if empty).
    """

    args: Mapping[str, tuple[Any, Span]] = field(default_factory=dict)
    size: tuple[str, Span] | None = None
    width: Width | None = None
    heads: tuple[str, ...] = ()

    @property
    def overridden(self) -> tuple[str, ...]:
        """The settings under which contracts do not hold, as the user wrote them."""
        places = [span.source.name for _, span in self.args.values()]
        if self.size is not None:
            places.append(self.size[1].source.name)
        if self.width is not None:
            places.append(self.width.option)
        return tuple(places)

    @property
    def are_default(self) -> bool:
        """Whether the contracts of the spec apply to the network."""
        return not self.overridden and not self.heads


DEFAULT_SETTINGS = Settings()
WIDEST = 1_000_000
"""The largest width multiplier."""


def checked_width(factor: float | None, minimum: int | None, span: Span) -> Width:
    """A width multiplier above 0 with a minimum of at least 1.

    Raises:
        SpecError: either is 0 or below, or is no finite number (E0805).
    """
    width = Width(factor, minimum, place=span)
    findings = []
    if not 0 < width.factor <= WIDEST:  # also refuses NaN
        rule = f"at most {WIDEST:,}" if width.factor > WIDEST else "above 0"
        findings.append(
            Diagnostic(
                "E0805",
                f"the width must be {rule}, not {width.factor:g}",
                Label(span),
                helps=("1 is the width of the spec, 0.5 halves every number of filters",),
            )
        )
    if width.minimum is not None and width.minimum < 1:
        findings.append(
            Diagnostic(
                "E0805",
                f"the least number of filters must be at least 1, not {width.minimum}",
                Label(span),
                helps=("TF-Slim's is 16",),
            )
        )
    if findings:
        raise SpecError(findings)
    return width
