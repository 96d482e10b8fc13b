"""Two network namespaces with a wire between them, whose interfaces count what goes over it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

COUNTY_HOST, VILLAGE_HOST = "10.77.0.1", "10.77.0.2"
_ETHERNET_BYTES = 14


@dataclass(frozen=True, slots=True)
class Carried:
    """IP bytes, headers of IP, TCP and TLS included."""

    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Wire:
    """What commands begin with to run at one end. The county is at COUNTY_HOST."""

    county: tuple[str, ...]
    village: tuple[str, ...]

    def carried(self) -> Carried:
        """What has gone over the wire so far."""
        return Carried(self._counted("tx"), self._counted("rx"))

    def _counted(self, way: str) -> int:
        names = [f"/sys/class/net/village/statistics/{way}_{what}" for what in ("bytes", "packets")]
        read = subprocess.run([*self.village, "cat", *names], capture_output=True, text=True, check=True, timeout=10)
        bytes_, packets = map(int, read.stdout.split())
        return bytes_ - _ETHERNET_BYTES * packets


class NoNamespaces(RuntimeError):
    """This machine or this user may not make network namespaces, so that nothing can be counted."""


@contextmanager
def wire() -> Iterator[Wire]:
    """Make a wire, taken away when left. Raises NoNamespaces."""
    names = [f"sunpoint-bench-{os.getpid()}-{end}" for end in ("county", "village")]
    try:
        for name in names:
            _ip("netns", "add", name)
        ends = ("type", "veth", "peer", "name", "village", "netns", names[1])
        _ip("link", "add", "county", "netns", names[0], *ends)
        for name, device, host in zip(names, ("county", "village"), (COUNTY_HOST, VILLAGE_HOST), strict=True):
            _ip("-n", name, "addr", "add", f"{host}/24", "dev", device)
            # One packet on the wire is one packet counted, not sixty that travel under one header.
            _ip("-n", name, "link", "set", device, "up", "gso_max_segs", "1")
            _ip("-n", name, "link", "set", "lo", "up")
        yield Wire(("ip", "netns", "exec", names[0]), ("ip", "netns", "exec", names[1]))
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False, timeout=10)


def _ip(*arguments: str) -> None:
    try:
        ran = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False, timeout=10)
    except OSError as cause:
        raise NoNamespaces(f"there is no ip: {cause}") from cause
    if ran.returncode:
        raise NoNamespaces(f"ip {' '.join(arguments)}: {ran.stderr.strip()}")
