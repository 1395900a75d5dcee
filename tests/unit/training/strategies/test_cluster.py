"""`TF_CONFIG`: what it says, and what is wrong with it."""

from __future__ import annotations

import json
import socket

import pytest

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.training.strategies.cluster import (
    VARIABLE,
    cluster_of,
    free_ports,
    local_cluster,
    refuse_taken_port,
    tf_config,
)

TWO = {"worker": ["a:9000", "b:9001"]}


def read(cluster: object, task: object) -> object:
    return cluster_of({VARIABLE: json.dumps({"cluster": cluster, "task": task})})


def test_workers_have_ranks_in_their_order_and_a_chief_comes_first() -> None:
    second = read(TWO, {"type": "worker", "index": 1})
    assert second is not None
    assert (second.rank, second.count, second.is_chief) == (1, 2, False)
    assert second.addresses == (("a", 9000), ("b", 9001))
    with_chief = {"chief": ["[::1]:1"], "worker": ["b:2", "c:3"]}
    found = read(with_chief, {"type": "worker", "index": "1"})
    assert found is not None
    assert (found.rank, found.count, found.addresses[0]) == (2, 3, ("::1", 1))
    assert read(with_chief, {"type": "chief", "index": 0}).is_chief
    assert json.loads(tf_config(found)) == {
        "cluster": with_chief, "task": {"type": "worker", "index": 1}
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", " ", "{}"])
def test_without_others_there_is_no_cluster(text: str) -> None:
    assert cluster_of({VARIABLE: text}) is None
    assert cluster_of({}) is None
    assert read({"worker": ["a:1"]}, {"type": "worker", "index": 0}) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("7", "is not a JSON object"),
        ('{"task": {"type": "worker", "index": 0}}', "has no `cluster`"),
        ('{"cluster": {"worker": ["a:1", "b:1"]}}', "has no `task`"),
        ('{"cluster": [], "task": 1}', "has no `cluster`"),
    ],
)
def test_what_is_no_tf_config_is_told(text: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        cluster_of({VARIABLE: text})
    (found,) = caught.value.findings
    assert (found.code, caught.value.exit_code) == ("E0921", 2)
    assert found.message == f"`TF_CONFIG` {words}"
    assert found.helps[-1].startswith("remove the variable")


@pytest.mark.parametrize(
    ("cluster", "task", "words"),
    [
        (TWO, {"type": "worker", "index": 2}, "gives this task the index 2"),
        (TWO, {"type": "worker", "index": -1}, "gives this task the index -1"),
        (TWO, {"type": "worker"}, "has a task without `index`"),
        (TWO, {"type": "worker", "index": True}, "has a task without `index`"),
        (TWO, {"type": "worker", "index": "x"}, "has a task without `index`"),
        (TWO, {"type": "chief", "index": 0}, "gives this task the index 0"),
        (TWO, {"type": "ps", "index": 0}, "has a task of type `ps`"),
        ({**TWO, "ps": ["c:1"]}, {"type": "worker", "index": 0}, "has a cluster with `ps`"),
        ({"worker": "a:1"}, {"type": "worker", "index": 0}, "has no list of addresses"),
        ({"worker": []}, {"type": "worker", "index": 0}, "has a cluster without workers"),
        ({"worker": ["a"]}, {"type": "worker", "index": 0}, "has the address `a` of worker 0"),
        ({"worker": ["a:0"]}, {"type": "worker", "index": 0}, "has the address `a:0`"),
        ({"worker": ["a:99999"]}, {"type": "worker", "index": 0}, "has the address `a:99999`"),
        ({"worker": [7]}, {"type": "worker", "index": 0}, "has the address `7`"),
        ({"worker": ["a:1", "a:1"]}, {"type": "worker", "index": 0}, "the address `a:1` twice"),
    ],
)
def test_a_cluster_without_a_place_for_this_process_is_told(
    cluster: object, task: object, words: str
) -> None:
    with pytest.raises(SpecError) as caught:
        read(cluster, task)
    (found,) = caught.value.findings
    assert found.code == "E0921"
    assert words in found.message


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        cluster = local_cluster([taken.getsockname()[1], 1])
        with pytest.raises(SpecError) as caught:
            refuse_taken_port(cluster)
    (found,) = caught.value.findings
    assert (found.code, caught.value.exit_code) == ("E0922", 2)
    assert f"port {cluster.addresses[0][1]} cannot be used by worker 0: address" in found.message
    refuse_taken_port(local_cluster(free_ports(1)))
