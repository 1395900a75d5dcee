"""A run and its folder, which holds all that the run depends on but the pictures."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import re
import shlex
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inceptionspec._version import __version__
from inceptionspec.bench.machine.commit import commit
from inceptionspec.bench.machine.environment import version
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize, short_path, shortened
from inceptionspec.diagnostics.source import Source, Span, external
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.writing.expanded_text import expanded_text
from inceptionspec.pictures.stated import stated_steps
from inceptionspec.training.data.examples import Data
from inceptionspec.training.data.open import data_in_memory, open_data
from inceptionspec.training.fitting import fit
from inceptionspec.training.journal import LINES
from inceptionspec.training.memory import refuse_large_batch
from inceptionspec.training.recipe import Recipe
from inceptionspec.training.recipes.load import load_recipe, whole_recipe
from inceptionspec.training.run_files import INITIAL, LABELS, MANIFEST, RECIPE, SPEC
from inceptionspec.training.strategies.cluster import refuse_taken_port
from inceptionspec.training.strategies.devices import ONE, Devices, refuse_small_batch
from inceptionspec.utils.atomic_write import write_file
from inceptionspec.utils.finite_json import parse_finite_json
from inceptionspec.weights.files import open_weights
from inceptionspec.weights.writers import write_safetensors

#: Arrays by a layer's path and a weight's name.
Arrays = Mapping[tuple[str, str], Any]
VERSION = 1
_MOST_BYTES = 16_000_000
_MEMBER = re.compile(r"^member-(\d{1,4})$")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user says of a run, apart from the spec and the recipe.

    Attributes:
        data: where the pictures are; empty where Python code gives them.
        batch: images in an update, over all workers; None for the recipe's.
        seed: None for the recipe's.
        validation: the share that validates where the data does not say.
        member: which of several networks this is, from 0; None where there is one.
        members: how many there are.
        precision: of computation; None for the recipe's.
        jit: whether XLA compiles the step.
    """

    data: str
    batch: int | None = None
    seed: int | None = None
    validation: float = 0.1
    member: int | None = None
    members: int = 1
    precision: str | None = None
    jit: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What a run is made of.

    Attributes:
        folder: where it is kept.
        loaded: the network.
        recipe: as the settings change it.
        settings: what the user said.
        data: the pictures.
        place: where findings point.
        is_new: whether its folder was made for it just now.
    """

    folder: Path
    loaded: LoadedSpec
    recipe: Recipe
    settings: Settings
    data: Data
    place: Span
    is_new: bool = False

    @property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of the network, the document, the recipe and the data."""
        return {**self.loaded.digests, "recipe": self.recipe.digest, "data": self.data.digest}


def new_run(
    loaded: LoadedSpec,
    recipe: Source,
    settings: Settings,
    folder: str,
    given: Any = None,
    weights: Arrays | None = None,
    devices: Devices = ONE,
) -> Run:
    """A run that has not begun, and its folder, which the chief of several workers makes.

    Args:
        loaded: the network.
        recipe: the text of a recipe.
        settings: what else is asked for.
        folder: where the run is kept: a new folder, or an empty one.
        given: the data where the settings name none, as ``data_in_memory`` takes it.
        weights: arrays to start from, by a layer's path and a weight's name. The folder keeps
            them, so that a run can start again that had no checkpoint yet.
        devices: what it computes on.

    Raises:
        SpecError: the recipe is wrong or does not fit the network (E0901 to E0903), the data
            cannot be trained on (E0911) or does not fit (E0912), the spec does not say how a
            picture becomes its input (E0719), the folder cannot be made (E0803), or the port of
            this worker is taken (E0922).
    """
    place = external(f"--out {folder}")
    path = Path(folder)
    _refuse_devices(settings, devices)
    if not devices.rank:
        _refuse_full(path, loaded, place)
    adapted = _adapted(load_recipe(recipe), settings)
    data = _data(settings, given)
    run = Run(path, loaded, adapted, settings, data, place)
    refuse_misfits(run)
    refuse_small_batch(adapted.batch, devices.processes)
    refuse_large_batch(fit(adapted, loaded.graph), devices=devices)
    stated_steps(loaded, place)
    if devices.rank:
        return run
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise spec_error("E0803", f"`{folder}` cannot be made: {reason}", place) from None
    if weights is not None:
        write_safetensors(str(path / INITIAL), weights)
    text = expanded_text(loaded.expanded(), loaded.tree, loaded.limits)
    for name, content in (
        (SPEC, text),
        (RECIPE, whole_recipe(recipe)),
        (LABELS, "".join(f"{name}\n" for name in data.classes)),
    ):
        write_file(str(path / name), content.encode("utf-8", "surrogateescape"), place)
    _write_manifest(path, _manifest(run), place)  # last: without it, this is no run
    return dataclasses.replace(run, is_new=True)


def forget(run: Run) -> None:
    """Take a new run away that never began, with its folder; one that was there before stays."""
    if not run.is_new:
        return
    with suppress(OSError):  # what else is there is not ours
        for name in (MANIFEST, INITIAL, SPEC, RECIPE, LABELS, LINES):
            (run.folder / name).unlink(missing_ok=True)
        run.folder.rmdir()
        if run.settings.member == 0:
            run.folder.parent.rmdir()


def next_member(run: Run, folder: str, devices: Devices = ONE) -> Run:
    """The run of the member after this one, which has not begun.

    Raises:
        SpecError: as for ``new_run``.
    """
    assert run.settings.member is not None
    settings = dataclasses.replace(run.settings, member=run.settings.member + 1)
    recipe = _source(run.folder / RECIPE, run.place)
    arrays = initial_arrays(run)
    return new_run(run.loaded, recipe, settings, folder, weights=arrays, devices=devices)


def initial_arrays(run: Run) -> Arrays | None:
    """The arrays that a run starts from; None for the spec's initializers."""
    if not os.path.exists(run.folder / INITIAL):
        return None
    file = open_weights(str(run.folder / INITIAL), run.place)
    paths = {name: (name.rpartition("/")[0], name.rpartition("/")[2]) for name in file.tensors}
    return {paths[name]: array for name, array in file.read(paths).items()}


def open_run(
    folder: str, data: Any = None, *, data_changed: bool = False, devices: Devices = ONE
) -> Run:
    """A run from its folder.

    Args:
        folder: of an earlier run.
        data: where the pictures are now, or they themselves; where they were by default.
        data_changed: whether it may be other data, with which the run then goes on. The folder
            keeps which it was until then.
        devices: what it computes on.

    Raises:
        SpecError: it is no folder of a run, the data is other than it was (E0915), something
            cannot be read, or the port of this worker is taken (E0922).
    """
    place = external(f"--resume {folder}")
    path = Path(folder)
    manifest = read_manifest(path, place)
    is_path = data is None or isinstance(data, str)
    changed = {} if data is None else {"data": os.path.abspath(data) if is_path else ""}
    settings = Settings(**{**manifest["settings"], **changed})
    _refuse_devices(settings, devices)
    loaded = load_spec(_source(path / SPEC, place))
    recipe = _adapted(load_recipe(_source(path / RECIPE, place)), settings)
    run = Run(path, loaded, recipe, settings, _data(settings, None if is_path else data), place)
    for what, digest in run.digests.items():
        then = manifest["digests"].get(what)
        if digest == then or what == "document" or (what == "data" and data_changed):
            continue
        help_ = "put it back, or start a new run with another `--out`"
        if what == "data":
            help_ += "; `--data-changed` goes on all the same, and is then another run"
        raise spec_error(
            "E0915",
            f"the {what} is not the one that this run began with",
            place,
            help_,
            notes=(*_difference(manifest, run), f"then {str(then)[:16]}, now {digest[:16]}"),
        )
    refuse_misfits(run)
    refuse_small_batch(recipe.batch, devices.processes)
    if not devices.rank and run.digests["data"] != manifest["digests"]["data"]:
        earlier = {"digest": manifest["digests"]["data"], "examples": manifest["examples"]}
        manifest = {**_manifest(run), "earlier_data": [*manifest.get("earlier_data", []), earlier]}
        _write_manifest(path, manifest, place)
    return run


def _difference(manifest: Mapping[str, Any], run: Run) -> tuple[str, ...]:
    """How many pictures there were, and how many there are, where that differs."""
    then, now = manifest.get("examples"), _examples(run)
    if then == now or not isinstance(then, Mapping):
        return ()
    return tuple(
        f"{count:,} pictures to {use}, and {then.get(name)} then"
        for name, use, count in (
            ("train", "train on", now["train"]),
            ("validation", "validate", now["validation"]),
        )
        if count != then.get(name)
    )


def _refuse_devices(settings: Settings, devices: Devices) -> None:
    """Check that workers which are started can read the data, and that this one can listen.

    Raises:
        SpecError: the data is in the memory of this process (E0911), or the port is taken (E0922).
    """
    if devices.cluster is not None:
        refuse_taken_port(devices.cluster)
    if devices.workers > 1 and not settings.data:
        raise spec_error(
            "E0911",
            "workers are processes of their own, and the data is in the memory of this one",
            external("workers="),
            "write it to a file: `numpy.savez('data.npz', x_train=pictures, y_train=labels)`",
        )


def _refuse_full(path: Path, loaded: LoadedSpec, place: Span) -> None:
    """Check that a run may be kept in a folder.

    Raises:
        SpecError: something is there (E0803), perhaps a run.
    """
    if not os.path.exists(path) or (os.path.isdir(path) and not os.listdir(path)):
        return
    shown = sanitize(short_path(str(path)))
    if not os.path.exists(path / MANIFEST):
        message = f"`{shown}` exists and is not an empty folder"
        raise spec_error("E0803", message, place, "choose another name")
    then = read_manifest(path, place)["digests"].get("network")
    now = loaded.digests["network"]
    if then == now:
        raise spec_error(
            "E0803",
            f"`{shown}` is a run already",
            place,
            f"`specbuild train --resume {sanitize(str(path))}` goes on with it",
            "choose another name for a new one",
        )
    raise spec_error(
        "E0803",
        f"`{shown}` is a run of another network",
        place,
        "choose another name",
        notes=(f"its network is {sanitize(shortened(str(then), 80))}", f"this one is {now}"),
    )


def member_folder(folder: str, number: int) -> str:
    """Where a member of an ensemble is kept; ``number`` counts from 0."""
    return f"{folder}/member-{number + 1}"


def run_folders(folder: str) -> list[Path]:
    """The folders of the runs in a folder: itself, or its members in order; empty for neither."""
    path = Path(folder)
    if os.path.isfile(path / MANIFEST):
        return [path]
    members = {
        int(found[1]): entry
        for entry in (path.iterdir() if os.path.isdir(path) else ())
        if (found := _MEMBER.match(entry.name)) and os.path.isfile(entry / MANIFEST)
    }
    return [members[number] for number in sorted(members)]


def refuse_misfits(run: Run) -> None:
    """Check the data against the network and the batch.

    Raises:
        SpecError: they do not fit (E0912).
    """
    graph, classes = run.loaded.graph, len(run.data.classes)
    place = external(f"--data {run.settings.data}")
    for head in graph.heads:
        found = graph.nodes[head.output].shape[-1]
        if found != classes:
            has = "classes" in run.loaded.spec.args
            raise spec_error(
                "E0912",
                f"the data has {classes:,} classes, and the head `{head.name}` tells {found:,} "
                "apart",
                place,
                f"`--set classes={classes}`" if has else f"give `{head.name}` {classes:,} filters",
            )
    height, width, _ = graph.nodes[0].shape
    if height is None or width is None:
        raise spec_error(
            "E0912", "the input has the size `any`", place, "set it, as with `--input 224x224`"
        )
    if len(run.data.train.labels) < run.recipe.batch:
        count = len(run.data.train.labels)
        raise spec_error(
            "E0912",
            f"there are {count:,} pictures to train on, fewer than a batch of {run.recipe.batch:,}",
            place,
            f"`--batch {max(count // 4, 1)}`",
        )


def _adapted(recipe: Recipe, settings: Settings) -> Recipe:
    """A recipe with what the user says of the run."""
    if settings.batch is not None:
        recipe = recipe.at_batch(settings.batch)
    seed = recipe.seed if settings.seed is None else settings.seed
    if settings.member is not None:
        seed += 1000 * settings.member
    precision = settings.precision or recipe.precision
    return dataclasses.replace(recipe, seed=seed, precision=precision)


def _data(settings: Settings, given: Any) -> Data:
    # Members differ in what they train on, not in what they are tested with.
    place = external(f"--data {settings.data}" if settings.data else "data=")
    if given is not None:
        return data_in_memory(given, place, share=settings.validation)
    if not settings.data:
        message = "the data of this run is in no file: Python code gave it"
        raise spec_error("E0911", message, place, "give it again, as `data=` of `resume`")
    return open_data(settings.data, place, share=settings.validation)


def _manifest(run: Run) -> dict[str, Any]:
    path = run.loaded.source.path
    return {
        "run": VERSION,
        "network": run.loaded.name,
        "digests": dict(run.digests),
        "settings": {
            **dataclasses.asdict(run.settings),
            "data": os.path.abspath(run.settings.data) if run.settings.data else "",
        },
        "seed": run.recipe.seed,
        "examples": _examples(run),
        "crops": run.recipe.evaluation.crops,
        "command": shlex.join(sys.argv),
        "commit": commit(Path(path) if path else None),
        "versions": {
            "inceptionspec": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("tensorflow", "keras", "numpy")},
        },
    }


def _examples(run: Run) -> dict[str, int]:
    data = run.data
    return {
        "train": len(data.train.labels),
        "validation": len(data.validation.labels) if data.validation else 0,
    }


def _write_manifest(path: Path, manifest: Mapping[str, Any], place: Span) -> None:
    content = json.dumps(manifest, indent=2) + "\n"
    write_file(str(path / MANIFEST), content.encode(), place)


def read_manifest(path: Path, place: Span) -> dict[str, Any]:
    """What a run's folder says of it.

    Raises:
        SpecError: it is no folder of a run (E0802).
    """
    file = path / MANIFEST
    shown = sanitize(short_path(str(path)))
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise ValueError("it is too long")
        found = parse_finite_json(file.read_bytes())
        if found["run"] != VERSION:
            raise ValueError(f"it is of version {found['run']}")
        Settings(**found["settings"])
        found["digests"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = (error.strerror or "").lower() if isinstance(error, OSError) else str(error)
        raise spec_error(
            "E0802",
            f"`{shown}` is not the folder of a run",
            place,
            "name the folder that `specbuild train --out` made",
            notes=(f"{MANIFEST}: {sanitize(shortened(reason, 120))}",),
        ) from None
    return dict(found)


def _source(file: Path, place: Span) -> Source:
    try:
        return Source(str(file), file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise spec_error("E0802", f"`{file}` cannot be read: {error}", place) from None
