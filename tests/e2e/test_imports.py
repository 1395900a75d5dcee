"""What a process imports: no one waits for a package that a command does not need."""

from __future__ import annotations

import json
import subprocess
import sys


def test_public_names_are_few_and_lazy() -> None:
    code = (
        "import sys, inceptionspec\n"
        "loaded = {name for name in sys.modules if name.startswith('inceptionspec.')}\n"
        "assert loaded <= {'inceptionspec._version'}\n"
        "assert dir(inceptionspec) == inceptionspec.__all__ == sorted(inceptionspec.__all__)\n"
        "inceptionspec.load('inception_v3').summary()\n"
        "assert not {'jsonschema', 'rich', 'numpy', 'tensorflow', 'click'} & set(sys.modules)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_no_part_imports_tensorflow_or_numpy() -> None:
    code = (
        "import sys\n"
        "from inceptionspec.bench import bench, compare, profile, scaling, tune\n"
        "from inceptionspec.bench.records import history, profile_record, record, tuning_cache\n"
        "from inceptionspec.reports.bench import compare_text, table, tune_text\n"
        "assert not {'tensorflow', 'keras', 'numpy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_refusals_do_not_wait_for_a_worker() -> None:
    code = (
        "import sys\n"
        "from inceptionspec import SpecError, load\n"
        "from inceptionspec.bench.request.request import BenchRequest\n"
        "from inceptionspec.bench import bench\n"
        "bench.Process = None\n"
        "try:\n"
        "    bench.bench(load('inception_v3').loaded, BenchRequest(head='none'))\n"
        "except SpecError:\n"
        "    assert 'tensorflow' not in sys.modules\n"
        "else:\n"
        "    raise AssertionError\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_tensorflow_its_switches_are_open() -> None:
    code = (
        "import json, sys\n"
        "from inceptionspec.bench.machine.environment import environment\n"
        "found = environment()\n"
        "assert 'tensorflow' not in sys.modules\n"
        "print(json.dumps(found))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    found = json.loads(done.stdout)
    assert (found["onednn"]["effective"], found["threads"]["intra_op"]) == (None, None)
    assert found["python"]


def test_drawing_needs_neither_tensorflow_nor_numpy() -> None:
    script = (
        "import sys, inceptionspec; from inceptionspec.drawing.diagram import draw; "
        "draw(inceptionspec.load('inception_v3').graph); "
        "assert not {'tensorflow', 'keras', 'numpy', 'rich', 'jsonschema'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_without_plot_matplotlib_is_not_imported():
    code = (
        "import sys\nfrom inceptionspec.cli.main import main\n"
        "try:\n    main(['summary', 'inception_v1'])\nexcept SystemExit:\n    pass\n"
        "assert not [m for m in sys.modules if m.startswith(('matplotlib', 'numpy'))]\n"
        "assert 'inceptionspec.backends' not in sys.modules\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_a_picture_is_made_without_pyplot(tmp_path):
    code = (
        "import inceptionspec, sys\n"
        "inceptionspec.load('vgg16').plot('x.svg')\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "x.svg").exists()
