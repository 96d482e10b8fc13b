"""`python tests/judges/newer_python.py OUT`: find Python 3.13, or bring Debian 13's, and leave OUT/python3.13 to call.

A judge of the printed slips needs it, and Debian 12 has 3.11. Debian's own `debootstrap` fetches and verifies the
packages of Debian 13; they are unpacked below OUT and run with their own C library, so that nothing is installed and
nothing mounted, and the judge meets our driver on the same machine's lines.
Standard library only.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

SUITE, NAME = "trixie", "python3.13"
TIMEOUT_S = 1200


class NoNewerPython(Exception):
    """Python 3.13 is not here and cannot be brought; the text says why."""


def bring(out: Path) -> Path:
    """Return a program that runs Python 3.13. Raises `NoNewerPython`."""
    program = out / NAME
    found = shutil.which(NAME)
    if found and not _trouble(_written(program, found)):
        return program
    trouble = _trouble(_written(program, _unpacked(out)))
    if trouble:
        raise NoNewerPython(f"what debootstrap brought does not run: {trouble}")
    return program


def _written(program: Path, call: str) -> Path:
    program.write_text(f'#!/bin/sh\nexec {call} "$@"\n', "utf-8")
    program.chmod(0o755)
    return program


def _trouble(program: Path) -> str:
    """Return what it says when it does not run; a shim of a version manager may be there without its Python."""
    command = [str(program), "-c", "import ctypes, sqlite3, ssl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stderr.strip()[-300:] or "no reason given") if done.returncode else ""


def _unpacked(out: Path) -> str:
    root, fetched = out / "root", out / "fetched"
    for folder in (root, fetched):
        shutil.rmtree(folder, ignore_errors=True)
    command = ["debootstrap", "--variant=minbase", "--include=python3", "--download-only", SUITE, str(fetched)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired) as trouble:
        raise NoNewerPython(f"debootstrap: {trouble}") from trouble
    packages = [
        path
        for path in sorted((fetched / "var/cache/apt/archives").glob("*.deb"))
        if path.name.startswith(("lib", "python3", "zlib"))
    ]
    if done.returncode or not packages:
        raise NoNewerPython(f"debootstrap brought no packages: {(done.stdout + done.stderr).strip()[-300:]}")
    for package in packages:
        subprocess.run(["dpkg-deb", "-x", str(package), str(root)], check=True)
    shutil.rmtree(fetched)
    (loader,) = root.glob("usr/lib/*-linux-gnu/ld-linux-*.so.*")
    usr, libraries = root.resolve() / "usr", loader.parent.resolve()
    return f"env PYTHONHOME={usr} {libraries / loader.name} --library-path {libraries} {usr / 'bin' / NAME}"


def main(arguments: list[str]) -> int:
    """Bring it into the folder named on the command line."""
    out = Path(arguments[0])
    out.mkdir(parents=True, exist_ok=True)
    try:
        bring(out)
    except NoNewerPython as refusal:
        print(f"set-up: Python 3.13: {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
