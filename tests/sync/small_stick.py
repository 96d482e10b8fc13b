"""A stick that is a medium of its own, in a mount namespace: `python -m tests.sync.small_stick SCENARIO DIR`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sync.bundle.stick import FREE_BYTES_MIN, StickFull, StickReadOnly, is_another_medium, write_file

SIZE_BYTES = 1024 * 1024


def mounted(home: Path) -> Path:
    """A stick of 1 MiB."""
    stick = home / "stick"
    stick.mkdir(exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs", str(stick))
    return stick


def full(home: Path) -> None:
    stick = mounted(home)
    write_file(stick, "up.sun", [b"old"])
    refused(StickFull, lambda: write_file(stick, "up.sun", (bytes(4096) for _ in range(1024))))
    assert (stick / "up.sun").read_bytes() == b"old"
    assert [each.name for each in stick.iterdir()] == ["up.sun"]
    (stick / "holiday").write_bytes(bytes(SIZE_BYTES - FREE_BYTES_MIN + 4096))
    refused(StickFull, lambda: write_file(stick, "up.sun", [b"new"]))
    assert (stick / "up.sun").read_bytes() == b"old"


def read_only(home: Path) -> None:
    stick = mounted(home)
    _run("mount", "-o", "remount,ro", str(stick))
    refused(StickReadOnly, lambda: write_file(stick, "up.sun", [b"new"]))


def empty_place(home: Path) -> None:
    place = home / "stick"
    place.mkdir()
    assert not is_another_medium(place, home)
    mounted(home)
    assert is_another_medium(place, home)
    _run("umount", str(place))
    assert not is_another_medium(place, home)


def refused(kind: type[Exception], do: Callable[[], object]) -> None:
    try:
        do()
    except kind:
        return
    raise AssertionError(f"it was not refused as {kind.__name__}")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=10)


SCENARIOS = {
    "a full stick is named, and the old file stays": full,
    "a stick that is read-only is named": read_only,
    "an empty place is no stick": empty_place,
}

if __name__ == "__main__":
    stick = Path(sys.argv[2]) / "stick"
    try:
        SCENARIOS[sys.argv[1]](stick.parent)
    finally:
        while stick.is_mount():
            _run("umount", str(stick))
    print("held")
