"""`specbuild watch` over plain HTTP: what is pushed, to whom it answers, what it survives."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time

import pytest
from commands import run
from watching import SMALL, Events, Watching

BROKEN = SMALL.replace("op: conv, name: last", "op: cnov, name: last")


def paths(payload):
    return [layer["path"] for layer in payload["layers"]]


def test_the_page_is_served_with_its_network(asked):
    answer = asked.ask("/")
    text = answer.read().decode()
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Mixed/left/a" in text
    assert "connect-src 'self'" in text
    assert "new EventSource" in text
    assert asked.ask("/favicon.ico").status == 404
    assert asked.ask("/", "POST").status == 405


def test_a_save_is_pushed_with_what_it_costs(watching):
    events = Events(watching)
    assert "difference" not in events.next()
    watching.save(SMALL.replace("name: last, kernel: 1", "name: last, kernel: 3"))
    payload = events.next()
    assert payload["difference"]["params"] == 8 * 8 * 8
    assert payload["difference"]["macs"] == 16 * 16 * 8 * 8 * 8
    assert payload["difference"]["peak"] == 0
    assert payload["difference"]["against"].startswith("the save of ")
    assert payload["findings"] == []
    assert "+512 params, +131,072 MACs" in watching.said("drawn: Small, +512")


def test_a_page_that_is_up_to_date_gets_nothing_and_one_that_is_behind_gets_all(watching):
    first = Events(watching)
    first.next()
    watching.save(BROKEN)
    assert set(first.next()) == {"findings"}
    late = Events(watching).next()
    assert late["findings"][0]["code"] == "E0206"
    assert "Mixed/left/a" in paths(late)
    behind = Events(watching, seen="0123abcd-7").next()
    assert behind == late
    current = Events(watching, seen=first.version)
    watching.save(SMALL)
    assert paths(current.next()) == paths(late)


def test_findings_stand_over_the_last_good_picture_at_their_place(watching):
    events = Events(watching)
    events.next()
    watching.save(BROKEN.replace("network:", "# one more line\n\nnetwork:"))
    (finding,) = events.next()["findings"]
    assert finding["code"] == "E0206"
    assert finding["place"] == "spec.yaml:12"
    assert finding["path"] == "last"
    watching.said("E0206 unknown operator `cnov`")
    watching.save(SMALL)
    assert events.next()["findings"] == []


def test_contracts_and_advice_are_shown_over_the_new_picture(watching):
    events = Events(watching)
    events.next()
    watching.save(SMALL + "budget: {params: '<= 10'}\n")
    payload = events.next()
    assert [one["code"] for one in payload["findings"]] == ["E0603"]
    assert len(payload["layers"]) == 6


def test_a_broken_contract_stands_at_the_layer_that_it_speaks_of(watching):
    events = Events(watching)
    events.next()
    watching.save(SMALL + "expect:\n  first: 16x16x8\n  Mixed: 16x16x9\n")
    (finding,) = events.next()["findings"]
    assert finding["code"] == "E0601"
    assert finding["place"] == "spec.yaml:13"
    assert finding["path"] == "Mixed"


def test_a_save_that_changes_nothing_pushes_nothing(watching):
    events = Events(watching)
    before = events.next()
    watching.save(SMALL)
    watching.save(SMALL + "# a comment\n")
    after = events.next()
    assert paths(after) == paths(before)
    assert events.version.endswith("-2")
    assert watching.said("no difference in cost")


def by_renaming(file, text):
    beside = file.with_name(".spec.yaml.swp")
    beside.write_text(text)
    os.replace(beside, file)


def by_deleting(file, text):
    file.unlink()
    time.sleep(0.02)
    file.write_text(text)


def with_a_backup(file, text):
    os.rename(file, file.with_name("spec.yaml~"))
    file.write_text(text)


def in_two_halves(file, text):
    with file.open("w") as written:
        written.write(text[:100])
        written.flush()
        time.sleep(0.05)
        written.write(text[100:])


@pytest.mark.parametrize("save", [by_renaming, by_deleting, with_a_backup, in_two_halves])
def test_every_way_in_which_editors_save(watching, save):
    """Twice, since the file of the second save is not the one that was watched first."""
    events = Events(watching)
    events.next()
    for kernel in (3, 5):
        save(watching.file, SMALL.replace("name: last, kernel: 1", f"name: last, kernel: {kernel}"))
        payload = events.drawn()
        assert payload["layers"][-1]["title"] == f"conv {kernel}\u00d7{kernel}, 8 filters"


def test_it_survives_a_file_that_is_deleted_renamed_and_half_written(watching):
    events = Events(watching)
    events.next()
    watching.file.rename(watching.folder / "away.txt")
    assert events.next()["findings"][0]["code"] == "E0802"
    watching.save(SMALL[:60])
    assert events.next()["findings"]
    watching.save("")
    assert events.next()["findings"][0]["code"] == "E0108"
    watching.file.write_bytes(b"\xff\xfe\x00")
    assert events.next()["findings"][0]["code"] == "E0101"
    watching.save(SMALL)
    assert events.next()["findings"] == []


def test_it_survives_a_folder_that_is_replaced(tmp_path):
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "spec.yaml").write_text(SMALL)
    with Watching(tmp_path, "inner/spec.yaml", "--port", "0") as one:
        events = Events(one)
        events.next()
        shutil.rmtree(folder)
        assert events.next()["findings"][0]["code"] == "E0802"
        folder.mkdir()
        (folder / "spec.yaml").write_text(SMALL.replace("name: Small", "name: Again"))
        assert events.drawn()["name"] == "Again"
        (folder / "spec.yaml").write_text(SMALL)
        assert events.drawn()["name"] == "Small"


def test_bases_are_watched_and_one_that_is_missing_may_come(tmp_path):
    (tmp_path / "spec.yaml").write_text("spec: 1\nextends: sub/base.yaml\nname: Variant\n")
    with Watching(tmp_path) as one:
        events = Events(one)
        assert events.next()["findings"][0]["code"] == "E0312"
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub/base.yaml").write_text(SMALL)
        assert len(events.drawn()["layers"]) == 6
        (tmp_path / "sub/base.yaml").write_text(SMALL.replace("filters: 8", "filters: 9"))
        assert events.drawn()["layers"][1]["shape"] == "16\u00d716\u00d79"
        (tmp_path / "sub/base.yaml").write_text(BROKEN)
        assert events.next()["findings"][0]["place"] == "sub/base.yaml:10"


def test_a_spec_that_is_broken_from_the_start_is_served(tmp_path):
    (tmp_path / "spec.yaml").write_text(BROKEN)
    with Watching(tmp_path) as one:
        assert one.ask("/").status == 200
        events = Events(one)
        assert events.next()["findings"][0]["code"] == "E0206"
        one.save(SMALL)
        assert "difference" not in events.next()


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example",
     "127.0.0.1:{port}.evil.example", "0.0.0.0:{port}", "", "127.0.0.1:{port}, evil.example"],
)  # fmt: skip
def test_it_answers_to_no_other_name(asked, host):
    """What DNS rebinding comes to: our address under a name that is another's."""
    for path in ("/", "/events", "/nothing"):
        answer = asked.ask(path, Host=host.format(port=asked.port))
        assert answer.status == 421
        assert b"Mixed" not in answer.read()


def test_it_answers_to_its_own_names(asked):
    for host in (
        f"127.0.0.1:{asked.port}",
        f"localhost:{asked.port}",
        f"LocalHost:{asked.port}",
    ):
        assert asked.ask("/", Host=host).status == 200
        origin = f"http://{host}"
        assert asked.ask("/events", Host=host, Origin=origin).status == 200


FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "https://127.0.0.1:{port}"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"},
    {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "cors"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_no_other_page_may_ask(asked, headers):
    headers = {name: value.format(port=asked.port) for name, value in headers.items()}
    for path in ("/", "/events"):
        answer = asked.ask(path, **headers)
        assert answer.status == 403
        assert b"Mixed" not in answer.read()


def test_a_link_may_lead_to_the_page_and_nowhere_else(asked):
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    answer = asked.ask("/", **link)
    assert answer.status == 200
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert asked.ask("/events", **link).status == 403


def test_it_listens_on_loopback_alone(asked):
    others = {one[4][0] for one in socket.getaddrinfo(socket.gethostname(), asked.port)}
    for address in others - {"127.0.0.1", "127.0.1.1", "::1"}:
        with pytest.raises(OSError):
            socket.create_connection((address, asked.port), timeout=2)
    with open(f"/proc/{asked.process.pid}/net/tcp") as table:
        rows = [line.split() for line in table if f":{asked.port:04X}" in line.split()[1]]
    assert {row[1] for row in rows if row[3] == "0A"} == {f"0100007F:{asked.port:04X}"}


def test_ctrl_c_ends_it_with_its_streams(watching):
    events = [Events(watching) for _ in range(3)]
    for one in events:
        one.next()
    code, said = watching.end()
    assert code == 130
    assert said.endswith("interrupted\n")
    assert "graceful" not in said  # what the server says where it had to wait for a stream
    assert "Traceback" not in said
    for one in events:
        assert one.rest().strip() == b""  # ended, not torn


def test_ctrl_c_while_a_spec_is_broken_is_as_clean(watching):
    watching.save(BROKEN)
    watching.said("not drawn, 1 error")
    code, said = watching.end()
    assert (code, "Traceback" in said) == (130, False)


def test_knobs_hold_for_every_save(tmp_path):
    text = SMALL.replace("network:", "args: {n: 8}\nnetwork:").replace(
        "filters: 8}\n  - name", "filters: $n}\n  - name"
    )
    (tmp_path / "spec.yaml").write_text(text)
    with Watching(tmp_path, "spec.yaml", "--port", "0", "--set", "n=5") as one:
        events = Events(one)
        assert events.next()["layers"][1]["shape"] == "16\u00d716\u00d75"
        one.save(text.replace("name: Small", "name: Other"))
        payload = events.next()
        assert payload["name"] == "Other"
        assert payload["layers"][1]["shape"] == "16\u00d716\u00d75"


def test_a_port_that_is_taken_is_a_finding(asked):
    result = run("watch", "spec.yaml", "--port", str(asked.port), cwd=asked.folder)
    assert result.returncode == 2
    assert f"error[E0805]: the port {asked.port} is taken by another program" in result.stderr
    assert "leave `--port` out to use a free one" in result.stderr
    assert f"--port {asked.port}" in result.stderr


def test_without_a_port_a_free_one_is_found(tmp_path):
    (tmp_path / "spec.yaml").write_text(SMALL)
    with socket.socket() as taken:
        with contextlib.suppress(OSError):  # someone else has it: as good
            taken.bind(("127.0.0.1", 8765))
        taken.listen()
        with Watching(tmp_path, "spec.yaml") as one:
            assert one.port != 8765
            assert one.ask("/").status == 200


WRONG = [
    (["-"], 2, "standard input cannot be watched"),
    (["nothing.yaml"], 2, "there is no file `nothing.yaml`"),
    (["inception_v33"], 2, "did you mean `inception_v3`"),
    (["spec.yaml", "--port", "70000"], 2, "--port"),
    (["spec.yaml", "--port", "x"], 2, "--port"),
    (["spec.yaml", "--set", "n"], 2, "needs a name and a value"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), WRONG, ids=lambda v: str(v)[:60])
def test_bad_input_is_a_finding(tmp_path, arguments, code, words):
    (tmp_path / "spec.yaml").write_text(SMALL)
    result = run("watch", *arguments, cwd=tmp_path)
    assert words in result.stderr
    assert result.returncode == code
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("package", ["starlette", "uvicorn", "watchfiles"])
def test_without_its_packages_it_says_how_to_get_them(package):
    code = (
        f"import sys\nsys.modules['{package}'] = None\n"
        "from inceptionspec.cli.main import main\nmain(['watch', 'inception_v1'])\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 3
    assert f"error[E0704]: the package `{package}` is not installed" in result.stderr
    assert "pip install 'inceptionspec[watch]'" in result.stderr


def test_open_opens_the_page(tmp_path):
    (tmp_path / "spec.yaml").write_text(SMALL)
    opener = tmp_path / "opener"
    opener.write_text(f"#!/bin/sh\necho $1 > {tmp_path}/opened\n")
    opener.chmod(0o755)
    with Watching(tmp_path, "spec.yaml", "--port", "0", "--open", BROWSER=f"{opener} %s") as one:
        for _ in range(3000):
            if (tmp_path / "opened").exists() and (tmp_path / "opened").read_text():
                break
            time.sleep(0.02)
        assert (tmp_path / "opened").read_text().strip() == one.address
