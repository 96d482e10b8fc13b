"""A terminal on a disk of its own without a free byte: `python -m tests.village.full_disk SCENARIO DIR`.

To be run in a mount namespace.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from sync.ballast import AMPLE_BYTES, BALLAST_BYTES
from sync.journal import JournalUnwritable
from sync.transport.schema import TransportRefused
from sync.transport.transport import Transport
from tests.kiosk.journeys import SIGN_IN, TAKE_IN, TAKE_IN_ANOTHER
from tests.kiosk.point import Point

SIZE_BYTES = 2 * AMPLE_BYTES
JOURNAL, TRANSPORT = "journal.db", "transport.db"


def mounted(home: Path) -> Path:
    """A disk of 16 MiB with a terminal that has worked, and was stopped as it should be."""
    disk = home / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs", str(disk)], check=True, timeout=10)
    point = Point(disk)
    point.do(*SIGN_IN, *TAKE_IN)
    assert point.place == "receipt"
    point.close()
    # The kiosk only reads this file, and a reader that ends last would leave the side files.
    Transport.open_or_create(disk / TRANSPORT).close()
    for name in (JOURNAL, TRANSPORT):
        assert not (disk / f"{name}-shm").exists(), "nothing is open"
    return disk


def filled(disk: Path) -> Path:
    """Other programs take every byte that is left; returns what there is to clean up."""
    logs = disk / "logs"
    with logs.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert shutil.disk_usage(disk).free == 0
    return logs


def starts(home: Path) -> None:
    disk = mounted(home)
    for name in (JOURNAL, TRANSPORT):
        ballast = (disk / f"{name}-ballast").stat()
        assert ballast.st_size == BALLAST_BYTES
        assert ballast.st_blocks * 512 >= BALLAST_BYTES, "real bytes"
    for _ in range(2):
        logs = filled(disk)
        point = Point(disk)
        transport = Transport.open_or_create(disk / TRANSPORT)
        assert point.seen.status is not None
        filled(disk)
        point.do(*SIGN_IN)
        assert point.seen.overlay is not None
        assert point.seen.overlay.title == "没有存上", "what cannot be kept is not claimed to be"
        number = point.desk.cases.rows(over=False)[0].case_no
        assert point.desk.applicant_fits(number, "0016") is None, "nobody has signed in, and the desk is locked"
        logs.unlink()
        point.do(*SIGN_IN, *TAKE_IN_ANOTHER)
        assert point.place == "receipt", "room was made, and nothing had to be started again"
        point.close()
        transport.close()
        assert (disk / f"{JOURNAL}-ballast").stat().st_size == BALLAST_BYTES, "there is room again, and ballast"


def starts_again_and_again(home: Path) -> None:
    """Nobody cleans up: each end leaves the room of its side files to the next start."""
    disk = mounted(home)
    filled(disk)
    for _ in range(3):
        point = Point(disk)
        transport = Transport.open_or_create(disk / TRANSPORT)
        filled(disk)
        point.close()
        transport.close()
        filled(disk)


def cannot(home: Path) -> None:
    """What the ballast is for: without it neither opens."""
    disk = mounted(home)
    for name in (JOURNAL, TRANSPORT):
        (disk / f"{name}-ballast").unlink()
    filled(disk)
    try:
        Point(disk)
    except JournalUnwritable:
        pass
    else:
        raise AssertionError("the journal opened without room")
    try:
        Transport.open_or_create(disk / TRANSPORT)
    except TransportRefused:
        return
    raise AssertionError("transport.db opened without room")


SCENARIOS = {
    "with ballast kiosk and sync start, and go on when room is made": starts,
    "with ballast they start again and again": starts_again_and_again,
    "without ballast neither starts": cannot,
}

if __name__ == "__main__":
    home = Path(sys.argv[2])
    try:
        SCENARIOS[sys.argv[1]](home)
    finally:
        subprocess.run(["umount", "-l", str(home / "disk")], check=False, timeout=10)
    print("held")
