"""The workers that train one network together, as ``TF_CONFIG`` names them."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.diagnostics.source import external
from inceptionspec.diagnostics.suggest import listed

VARIABLE = "TF_CONFIG"
CHIEF, WORKER = "chief", "worker"
LOOPBACK = "127.0.0.1"
_ADDRESS = re.compile(r"^\[?([^\s\[\]]+?)\]?:(\d{1,5})$")
_EXAMPLE = '{"cluster": {"worker": ["a:9000", "b:9000"]}, "task": {"type": "worker", "index": 0}}'
_PLACE = external(VARIABLE)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Workers in their order, of which the first is the chief.

    Attributes:
        addresses: host and port of each.
        rank: which of them this process is, from 0.
        types: what TensorFlow calls each: ``chief`` or ``worker``, and its index.
    """

    addresses: tuple[tuple[str, int], ...]
    rank: int
    types: tuple[tuple[str, int], ...]

    @property
    def count(self) -> int:
        """How many workers there are."""
        return len(self.addresses)

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run's folder."""
        return self.rank == 0


def cluster_of(environment: Mapping[str, str]) -> Cluster | None:
    """The cluster that ``TF_CONFIG`` names; None where there is none, or of one worker alone.

    Raises:
        SpecError: it is no JSON, or names no cluster in which this process has a place (E0921).
    """
    text = environment.get(VARIABLE, "").strip()
    if not text:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused("is not JSON", notes=(sanitize(shortened(str(error), 120)),)) from None
    if not isinstance(found, Mapping):
        raise _refused("is not a JSON object")
    if not found:
        return None
    cluster, task = (_part(found, name) for name in ("cluster", "task"))
    members = _members(cluster)
    kind, index = task.get("type"), task.get("index")
    if isinstance(index, str) and index.isascii() and index.isdigit() and len(index) < 10:
        index = int(index)
    if not isinstance(index, int) or isinstance(index, bool):
        raise _refused("has a task without `index`, a whole number from 0")
    if kind not in (CHIEF, WORKER):
        shown = sanitize(shortened(str(kind), 40))
        raise _refused(f"has a task of type `{shown}`", "a task is a `worker`, or the `chief`")
    count = sum(of == kind for of, _, _ in members)
    if not 0 <= index < count:
        last = f"the last index is {count - 1}" if count else f"the cluster has no `{kind}`"
        raise _refused(f"gives this task the index {index:,}", last, "indices count from 0")
    rank = next(number for number, (of, at, _) in enumerate(members) if (of, at) == (kind, index))
    if len(members) == 1:
        return None
    return Cluster(
        tuple(address for _, _, address in members), rank, tuple((a, b) for a, b, _ in members)
    )


def local_cluster(ports: Sequence[int], rank: int = 0) -> Cluster:
    """Workers on this machine."""
    addresses = tuple((LOOPBACK, port) for port in ports)
    return Cluster(addresses, rank, tuple((WORKER, index) for index in range(len(ports))))


def tf_config(cluster: Cluster) -> str:
    """The value of ``TF_CONFIG`` for one worker of a cluster."""
    members: dict[str, list[str]] = {}
    for (kind, _), (host, port) in zip(cluster.types, cluster.addresses, strict=True):
        members.setdefault(kind, []).append(address_text(host, port))
    kind, index = cluster.types[cluster.rank]
    return json.dumps({"cluster": members, "task": {"type": kind, "index": index}})


def address_text(host: str, port: int) -> str:
    """Host and port as they are written."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def free_ports(count: int) -> list[int]:
    """Ports of this machine on which nothing listens now."""
    with_ports = [socket.socket() for _ in range(count)]
    try:
        for one in with_ports:
            one.bind((LOOPBACK, 0))
        return [one.getsockname()[1] for one in with_ports]
    finally:
        for one in with_ports:
            one.close()


@cache
def refuse_taken_port(cluster: Cluster) -> None:
    """Check that this worker can listen on its port.

    TensorFlow would share a port with another process of the same user, and wait. Once it was
    free, it is not looked at again: from then on this process listens there.

    Raises:
        SpecError: another process listens there, or the port may not be used (E0922).
    """
    socket_on_port(cluster).close()


def socket_on_port(cluster: Cluster) -> socket.socket:
    """A socket that has this worker's port.

    Raises:
        SpecError: as ``refuse_taken_port`` does.
    """
    _, port = cluster.addresses[cluster.rank]
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just left is free
    try:
        own.bind(("", port))
    except OSError as error:
        own.close()
        reason = (error.strerror or str(error)).lower()
        raise spec_error(
            "E0922",
            f"port {port} cannot be used by worker {cluster.rank}: {reason}",
            _PLACE,
            "end the process that listens there, or give each worker a free port in "
            f"`{VARIABLE}`, the same list for all of them",
        ) from None
    return own


def _members(cluster: Mapping[str, Any]) -> list[tuple[str, int, tuple[str, int]]]:
    """Type, index and address of every worker, the chief first."""
    others = [sanitize(shortened(str(name), 40)) for name in cluster if name not in (CHIEF, WORKER)]
    if others:
        raise _refused(
            f"has a cluster with {listed(others)}",
            "a cluster has `worker`, and perhaps one `chief`: all of them train",
        )
    members = []
    for kind in (CHIEF, WORKER):
        listed_ = cluster.get(kind, [])
        if not isinstance(listed_, list) or (kind == CHIEF and len(listed_) > 1):
            raise _refused(f"has no list of addresses as `{kind}`", f"as `{_EXAMPLE}`")
        for index, address in enumerate(listed_):
            match = _ADDRESS.match(address) if isinstance(address, str) else None
            if match is None or not 0 < int(match[2]) < 65536:
                shown = sanitize(shortened(str(address), 80))
                raise _refused(
                    f"has the address `{shown}` of {kind} {index}", "an address is `HOST:PORT`"
                )
            members.append((kind, index, (match[1], int(match[2]))))
    if not members:
        raise _refused("has a cluster without workers", f"as `{_EXAMPLE}`")
    addresses = [address for _, _, address in members]
    twice = next((one for one in addresses if addresses.count(one) > 1), None)
    if twice is not None:
        shown = sanitize(shortened(address_text(*twice), 80))
        raise _refused(f"has the address `{shown}` twice", "each worker needs one of its own")
    return members


def _part(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = found.get(name)
    if not isinstance(part, Mapping) or not part:
        raise _refused(f"has no `{name}`", f"as `{_EXAMPLE}`")
    return part


def _refused(what: str, *helps: str, notes: tuple[str, ...] = ()) -> SpecError:
    helps = helps or (f"as `{_EXAMPLE}`",)
    more = f"remove the variable `{VARIABLE}` to train on this machine alone"
    return spec_error("E0921", f"`{VARIABLE}` {what}", _PLACE, *helps, more, notes=notes)
