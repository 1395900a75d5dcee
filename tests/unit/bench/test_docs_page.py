"""The page on benchmarks has all that the command has."""

from __future__ import annotations

import click
from support import ROOT

from inceptionspec.backends.engines import ENGINES
from inceptionspec.bench import compare, rounds, tune
from inceptionspec.bench.measure import agreement, bootstrap, loop, noise, statistics
from inceptionspec.bench.request.modes import MODES
from inceptionspec.cli.bench_command import command
from inceptionspec.cli.options import spec_options

PAGE = (ROOT / "docs" / "benchmark.md").read_text(encoding="utf-8")


def test_every_mode_and_option_is_described() -> None:
    of_specs = click.command()(spec_options(lambda: None))
    shared = {one.opts[0] for one in of_specs.params}
    options = [one.opts[0] for one in command.params if isinstance(one, click.Option)]
    assert [one for one in options if one not in PAGE and one not in shared] == []
    assert [one for one in (*MODES, *ENGINES) if f"`{one}`" not in PAGE] == []


def test_the_page_has_the_figures_of_the_code() -> None:
    words = " ".join(PAGE.split())
    assert f"at least {loop.WINDOW_STEPS} steps and {loop.WINDOW_SECONDS:g} s" in words
    assert f"within {loop.TOLERANCE:.0%}".replace("%", " %") in words
    assert f"gives up after {loop.MAX_SECONDS:.0f} s" in words
    assert f"at least {statistics.BEYOND} steps lie beyond" in words
    assert f"({bootstrap.RESAMPLES:,} resamples of pairs, {bootstrap.SHARE} %)" in words
    assert f"blocks of {bootstrap.BLOCK} neighboring" in words
    assert f"as many as last {rounds.TURN_SECONDS:g} s" in words
    assert f"no farther than {compare.NARROW * 100:.0f} % of the ratio" in words
    assert f"within {agreement.TOLERANCE:.0e}".replace("e-0", "e-") in words
    assert f"in the first {tune.PREPARING * 100:.0f} % of `--tune-seconds`" in words
    assert f"the earliest after {tune.SURE_ROUNDS} rounds, after {tune.ROUNDS} rounds" in words
    assert f"At least {tune.MIN_ROUNDS} rounds are needed" in words
    assert (tune.MIN_ROUNDS, tune.BEHIND) == (5, 0.5)
    for share in (noise.OTHERS, noise.STOLEN, noise.SPREAD, noise.DRIFT):
        assert f"| {share * 100:.0f} %" in words
    assert f"{noise.IDLE * 100:.0f} % of a core" in words
    assert f"from {noise.DRIFT_STEPS} steps on" in words
