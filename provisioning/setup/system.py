"""Installs the Debian packages that Sunpoint needs, or says which are missing.

Runs before the virtual environment is there: standard library only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LISTS = Path(__file__).parent
INSTALL_TIMEOUT_S = 1800
SAID_LINES = 8
POLICY = Path("usr/sbin/policy-rc.d")
NO_SERVICES = "#!/bin/sh\nexit 101\n"
"""Debian's way of saying that a package's service is not started: deb-policy, 9.3.3.1, and invoke-rc.d(8)."""
CLUSTERS = Path("etc/postgresql-common/createcluster.conf")
NO_CLUSTER = "# From Sunpoint's set-up, whose tests make clusters of their own.\ncreate_main_cluster = false\n"


class PackagesMissing(Exception):
    """Packages are missing and cannot be installed from here; the text says what to do."""


def wanted(sets: list[str], lists: Path = LISTS) -> list[str]:
    """Return the package names of the named sets, in the order written.

    Raises `FileNotFoundError` when there is no such set.
    """
    lines = [line for name in sets for line in (lists / f"packages-{name}.txt").read_text("utf-8").splitlines()]
    bare = (line.partition("#")[0].strip() for line in lines)
    return [name for name in bare if name]


def missing(packages: list[str], status: str) -> list[str]:
    """Return the packages that `status`, the output of `dpkg-query`, does not call installed.

    A line of it is `<name> <status>`, where the status of an installed package begins with `ii`.
    """
    installed = {line.split()[0] for line in status.splitlines() if line.partition(" ")[2].startswith("ii")}
    return [name for name in packages if name not in installed]


def _query(packages: list[str]) -> str:
    # dpkg-query exits with 1 when it does not know a name: that name simply has no line.
    form = "${Package} ${db:Status-Abbrev}\n"
    asked = subprocess.run(["dpkg-query", "-W", "-f", form, *packages], capture_output=True, text=True, check=False)
    return asked.stdout


@contextmanager
def quietly(packages: list[str], root: Path = Path("/")) -> Iterator[None]:
    """While this lasts, what is installed starts no service; PostgreSQL makes no cluster of its own.

    Programs of tests bring servers, and whoever runs the tests did not ask for a web server on port 80. What is there
    already is left as it is.
    """
    clusters, policy = root / CLUSTERS, root / POLICY
    if any(name.startswith("postgresql-") for name in packages) and not clusters.exists():
        clusters.parent.mkdir(parents=True, exist_ok=True)
        clusters.write_text(NO_CLUSTER, "utf-8")
    if policy.exists():
        yield
        return
    policy.parent.mkdir(parents=True, exist_ok=True)
    policy.write_text(NO_SERVICES, "utf-8")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()


def _install(packages: list[str]) -> str:
    """Let apt-get install, and return the end of what it said."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    said = ""
    # A new machine has no package lists yet. An update that fails (no line) is not the end: the lists may be there.
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", "-qq", *arguments],
            env=env,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
        )
        said = done.stdout
    return "\n".join(said.splitlines()[-SAID_LINES:])


def ensure(sets: list[str]) -> None:
    """Install what is missing of the named sets.

    Raises `PackagesMissing` when that takes root, or when it did not work.
    """
    packages = wanted(sets)
    if shutil.which("dpkg-query") is None:
        print(f"set-up: not a Debian machine, so I cannot check for: {' '.join(packages)}", file=sys.stderr)
        return
    absent = missing(packages, _query(packages))
    if not absent:
        return
    advice = f"apt-get update && apt-get install {' '.join(absent)}"
    if os.geteuid() != 0:
        raise PackagesMissing(f"these Debian packages are missing. As root: {advice}")
    print(f"set-up: installing {' '.join(absent)} (a few minutes)", flush=True)
    with quietly(absent):
        said = _install(absent)
    still = missing(packages, _query(packages))
    if still:
        raise PackagesMissing(f"apt-get could not install {' '.join(still)}. By hand: {advice}. It said:\n{said}")


def main(arguments: list[str]) -> int:
    """Install the sets named on the command line (`run`, `test`)."""
    try:
        ensure(arguments)
    except (PackagesMissing, FileNotFoundError, subprocess.TimeoutExpired) as refusal:
        print(f"set-up: {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
