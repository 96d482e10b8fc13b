"""Records what a program does to the files of one directory, with strace: every write, sync, truncation and name."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from provisioning.county_init import CHECKOUT

CALLS = (
    "openat,close,dup,pwrite64,write,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat,link,linkat"
)
BYTES_MOST = 1 << 20
TRACED_S_MAX = 120
REPORT = "report"
"""The file that a writer writes a line to as soon as something is done: what it says is what was promised."""


class TraceUnreadable(Exception):
    """strace did not run, or says something that is not understood here."""


class Kind(StrEnum):
    """What was done to a file."""

    WRITE = "write"
    TRUNCATE = "truncate"
    SYNC = "sync"
    CREATE = "create"
    RENAME = "rename"
    LINK = "link"
    UNLINK = "unlink"
    REPORTED = "reported"


class Step(Struct, frozen=True):
    """One thing that was done.

    Attributes:
        kind: what.
        name: of the file in the directory; "" for the directory itself.
        offset: of a write; the length of a truncation.
        content: of a write or a report.
        other: the new name of a rename or a link.
    """

    kind: Kind
    name: str
    offset: int = 0
    content: bytes = b""
    other: str = ""


def recorded(directory: Path, module: str, arguments: tuple[str, ...]) -> list[Step]:
    """Run a module of the tests under strace and return what it did in `directory`. Raises TraceUnreadable."""
    log = directory.with_name(directory.name + ".strace")
    command = ["strace", "-f", "-qq", "-xx", "-s", str(BYTES_MOST), "-e", f"trace={CALLS}", "-o", str(log)]
    command += [sys.executable, "-m", module, str(directory), *arguments]
    ran = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=TRACED_S_MAX, check=False)
    if ran.returncode:
        raise TraceUnreadable(f"the traced program failed: {ran.stderr[-2000:]}")
    try:
        with log.open(encoding="ascii") as lines:
            return list(_steps(lines, str(directory)))
    finally:
        log.unlink()


def kept(path: Path, make: list[Step]) -> None:
    """Keep a trace, so that a seed meets the same one again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps([(s.kind.value, s.name, s.offset, s.content, s.other) for s in make]))


def loaded(path: Path) -> list[Step]:
    """Read a trace that was kept."""
    return [Step(Kind(kind), *rest) for kind, *rest in pickle.loads(path.read_bytes())]


_LINE = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def _steps(lines: Iterator[str], directory: str) -> Iterator[Step]:
    open_files: dict[int, str | None] = {}
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            if "unfinished" in line or "resumed" in line:
                raise TraceUnreadable(f"calls of several threads overlap: {line[:200]}")
            continue
        call, arguments, result = found[1], found[2], int(found[3])
        if result < 0:
            continue
        texts = [bytes.fromhex(text.replace("\\x", "")) for text in _TEXT.findall(arguments)]
        yield from _step(call, arguments, result, texts, open_files, directory)


def _step(
    call: str, arguments: str, result: int, texts: list[bytes], open_files: dict[int, str | None], directory: str
) -> Iterator[Step]:
    if call == "openat":
        name = _within(texts[0].decode(), directory)
        open_files[result] = name
        if name and "O_CREAT" in arguments:
            yield Step(Kind.CREATE, name)
        if name and "O_TRUNC" in arguments:
            yield Step(Kind.TRUNCATE, name)
        return
    if call in ("rename", "renameat", "renameat2", "link", "linkat"):
        names = [_within(text.decode(), directory) for text in texts]
        if names[0] and names[1]:
            yield Step(Kind.LINK if call.startswith("link") else Kind.RENAME, names[0], other=names[1])
        return
    if call in ("unlink", "unlinkat"):
        name = _within(texts[0].decode(), directory)
        if name:
            yield Step(Kind.UNLINK, name)
        return
    numbers = [int(each) for each in re.findall(r"(?<![\w\\])\d+(?!\w)", _TEXT.sub("", arguments))]
    handle = numbers[0]
    if call == "dup":
        open_files[result] = open_files.get(handle)
        return
    name = open_files.get(handle)
    if call == "close":
        open_files.pop(handle, None)
    elif name is None:
        return
    elif name == REPORT:
        if call == "write":
            yield Step(Kind.REPORTED, name, content=texts[0])
    elif call == "pwrite64":
        yield Step(Kind.WRITE, name, numbers[-1], texts[0][:result])
    elif call == "write":
        yield Step(Kind.WRITE, name, -1, texts[0][:result])
    elif call == "ftruncate":
        yield Step(Kind.TRUNCATE, name, numbers[-1])
    elif call in ("fsync", "fdatasync"):
        yield Step(Kind.SYNC, name)


def _within(path: str, directory: str) -> str | None:
    """The name of a file in the directory, "" for the directory itself, None for anything else."""
    if path == directory:
        return ""
    prefix = directory + "/"
    name = path.removeprefix(prefix)
    return name if path.startswith(prefix) and not name.endswith("-shm") else None
