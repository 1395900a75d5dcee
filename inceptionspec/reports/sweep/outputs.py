"""What is made of the front of a sweep: a plot, a page, specs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import NamedTuple

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import short_path, shortened
from inceptionspec.diagnostics.source import external
from inceptionspec.drawing.diagram.options import ThemeName
from inceptionspec.drawing.plot import refuse_plot
from inceptionspec.drawing.sweep_page import sweep_page_text, write_sweep_page
from inceptionspec.frontend.reading.document import Map
from inceptionspec.reports.sweep.page import payload
from inceptionspec.reports.sweep.quantities import figures_text
from inceptionspec.reports.sweep.scatter import scatter_picture, write_scatter
from inceptionspec.sweep.bases import OpenBase
from inceptionspec.sweep.front_specs import FrontWriter, refuse_other_folder, write_front
from inceptionspec.sweep.records import Swept
from inceptionspec.sweep.run import Request
from inceptionspec.utils.atomic_write import check_writable

PLOT, PAGE, SPECS = "front.svg", "sweep.html", "front"
"""The names in the folder of a whole sweep."""


class Outputs(NamedTuple):
    """Where the plot, the page and the specs go, each None if it is not asked for."""

    plot: str | None = None
    page: str | None = None
    specs: str | None = None
    theme: ThemeName = "light"

    def refuse(self, request: Request) -> None:
        """Say before any work what cannot be written.

        Raises:
            SpecError: a file cannot be (E0803, E0804), or a folder holds other things (E0941).
        """
        _refuse_twice(
            {
                "--out": request.folder,
                "--plot": self.plot,
                "--page": self.page,
                "--specs": self.specs,
            }
        )
        if self.plot is not None:
            refuse_plot(self.plot)
        if self.page is not None:
            _refuse_page(self.page)
        if self.specs is not None:
            place = external(f"--specs {self.specs}")
            read = [
                document.span.source.path for base in request.bases for document in _files(base)
            ]
            refuse_other_folder(self.specs, place, [path for path in read if path is not None])

    def write(self, swept: Swept, request: Request) -> Iterator[str]:
        """Write what is asked for; the names of what was written.

        Raises:
            SpecError: no variant can be drawn (E0940), matplotlib is not installed (E0704), or a
                file cannot be written (E0803).
        """
        if self.specs is not None:
            place = external(f"--specs {self.specs}")
            write_front(_writer(request).specs(swept.front), self.specs, place)
            yield self.specs
        if self.page is not None:
            write_sweep_page(payload(swept, request.starts, _writer(request)), self.page)
            yield self.page
        if self.plot is not None:
            write_scatter(swept, self.plot, self.theme)
            yield self.plot


def folder_files(swept: Swept, request: Request, theme: ThemeName = "light") -> dict[str, bytes]:
    """The page, the specs and, where matplotlib is installed, the plot, by path in a folder."""
    writer = _writer(request)
    page = sweep_page_text(payload(swept, request.starts, writer))
    files = {PAGE: page.encode()}
    for path, text in writer.specs(swept.front).files.items():
        files[f"{SPECS}/{path}"] = text.encode()
    if find_spec("matplotlib") is not None:
        try:
            files[PLOT] = scatter_picture(swept, ".svg", theme, request.place)
        except SpecError as error:
            if error.findings[0].code != "E0940":
                raise
    return files


def _refuse_twice(outputs: Mapping[str, str | None]) -> None:
    """Refuse two outputs of one name: the later would replace the earlier."""
    seen: dict[str, str] = {}
    for option, name in outputs.items():
        if not name:
            continue
        first = seen.setdefault(os.path.realpath(name), option)
        if first != option:
            message = f"`{first}` and `{option}` both name `{short_path(name)}`"
            place = external(f"{option} {short_path(name)}")
            raise spec_error("E0803", message, place, "give each a name of its own")


def _refuse_page(file: str) -> None:
    """Refuse a page that cannot be written, or would have the suffix of something else."""
    place = external(f"--page {file}")
    suffix = os.path.splitext(file)[1]
    if suffix.lower() not in (".html", ".htm"):
        message = (
            f"a page cannot end in `{shortened(suffix)}`" if suffix else "a page needs a suffix"
        )
        raise spec_error("E0804", message, place, "name it as `front.html`")
    check_writable(file, place)


def _files(base: OpenBase) -> tuple[Map, ...]:
    return base.loaded.spec.files


def _writer(request: Request) -> FrontWriter:
    return FrontWriter(request.task, figures_text)
