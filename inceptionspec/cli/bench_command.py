"""`specbuild bench`."""

from __future__ import annotations

import json
from typing import Any

import click

from inceptionspec.cli.options import settings, spec_argument, spec_options
from inceptionspec.cli.progress import progress_bar


@click.command("bench")
@spec_argument
@click.option("--batch", default=32, show_default=True, help="Images in a batch.")
@click.option("--steps", default=100, show_default=True, help="Steps that are counted.")
@click.option("--burn-in", default=10, show_default=True, help="Steps before those.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@spec_options
def command(
    spec: str,
    batch: int,
    steps: int,
    burn_in: int,
    form: str,
    heads: tuple[str, ...],
    **options: Any,
) -> int:
    """Time forward passes of SPEC's TensorFlow model.

    Runs the main head alone unless `--head` names another, or `--head all`. The input is
    made before the clock starts; the model runs as one TensorFlow function.
    """
    chosen = heads[0] if heads else None
    if len(heads) > 1:
        raise click.UsageError("bench takes one --head, or --head all")
    network = settings(**options).load(spec)
    from inceptionspec.runs.bench import bench

    with progress_bar() as progress:
        run = bench(
            network, head=chosen, batch=batch, steps=steps, burn_in=burn_in, progress=progress
        )
    if form == "json":
        from inceptionspec.runs.record import record

        click.echo(json.dumps(record([run]), indent=2, sort_keys=True))
    else:
        from inceptionspec.outputs.bench_text import text

        click.echo(text(run), nl=False)
    return 130 if run.interrupted else 0
