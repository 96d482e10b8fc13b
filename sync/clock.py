"""The clocks that programs take as an argument. Only a program's `__main__` chooses one.

A wall clock may be set back or be years off; the boot clock only runs forward while the machine is up,
asleep or not, and `boot_id` says which start it counts from. A move of one against the other shows.
"""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from sync.json_file import JsonFileRefused, read_object

BOOT_ID_PATH = Path("/proc/sys/kernel/random/boot_id")
BOOT_ID_BYTES = 8
STEERED_MS_MAX = 7_258_118_400_000
"""The beginning of the year 2200: what a clock file leads to can be written as a date, added to and signed."""
_NS_PER_MS = 1_000_000


class Clock(Protocol):
    """What the time is, as far as this machine knows."""

    @property
    def boot_id(self) -> bytes:
        """8 bytes that differ for every start of the machine."""

    @property
    def real(self) -> bool:
        """Whether the wall clock is the machine's own; one that is not is marked on the screen."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970 UTC; may jump either way."""

    def boot_ms(self) -> int:
        """Milliseconds since the machine started, sleep included; never goes back under one `boot_id`."""


class SystemClock:
    """The machine's own clocks. Raises OSError where the kernel gives no boot id."""

    real = True

    def __init__(self, boot_id_path: Path = BOOT_ID_PATH) -> None:
        # Hashed: the kernel's id itself need not leave the machine, and headers have room for 8 bytes.
        self.boot_id = hashlib.sha256(boot_id_path.read_bytes().strip()).digest()[:BOOT_ID_BYTES]

    def wall_ms(self) -> int:
        """Milliseconds since 1970 UTC, from CLOCK_REALTIME."""
        return time.time_ns() // _NS_PER_MS

    def boot_ms(self) -> int:
        """Milliseconds since the machine started, from CLOCK_BOOTTIME."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // _NS_PER_MS


class SteeringUnreadable(ValueError):
    """The steering file is missing, or is not what `Steering.to_json` writes; the message says which."""


class Steering(Struct, frozen=True):
    """When the machine's wall clock showed `real_ms`, the domain clock shows `domain_ms`; both run on alike.

    `boot_ahead_ms` is put on the boot clock: time that is to count as passed. Steering the wall alone is
    a clock that was moved.
    """

    real_ms: int
    domain_ms: int
    boot_ahead_ms: int = 0

    def to_json(self) -> str:
        """The text of a steering file."""
        return json.dumps({"real_ms": self.real_ms, "domain_ms": self.domain_ms, "boot_ahead_ms": self.boot_ahead_ms})

    @classmethod
    def load(cls, path: Path) -> Steering:
        """Read a steering file; `boot_ahead_ms` may be left out. Raises SteeringUnreadable."""
        try:
            held = {"boot_ahead_ms": 0, **read_object(path)}
        except JsonFileRefused as cause:
            raise SteeringUnreadable(f"the clock file {cause}") from cause
        for name in cls.__struct_fields__:
            if type(held.get(name)) is not int:
                raise SteeringUnreadable(f"the clock file has no whole number {name}")
            if not 0 <= held[name] <= STEERED_MS_MAX:
                raise SteeringUnreadable(f"the clock file: {name} is not from 0 to {STEERED_MS_MAX}")
        return cls(held["real_ms"], held["domain_ms"], held["boot_ahead_ms"])

    def write(self, path: Path) -> None:
        """Replace the file at once, so that no reader meets half of it."""
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(self.to_json())
        fresh.replace(path)


class SteeredClock:
    """A clock that a file steers while programs run: for tests, the tour and demonstrations.

    The file is looked at on every reading and read again when it was replaced or written. A file that has
    become unreadable leaves the last steering in force. Raises SteeringUnreadable when there is none at
    first.
    """

    real = False

    def __init__(self, path: Path, system: SystemClock | None = None) -> None:
        self._path = path
        self._system = system or SystemClock()
        self.boot_id = self._system.boot_id
        self._version = _version(path)
        self._steering = self._load()

    def wall_ms(self) -> int:
        """Milliseconds since 1970 UTC, as steered."""
        steering = self._current()
        return steering.domain_ms + self._system.wall_ms() - steering.real_ms

    def boot_ms(self) -> int:
        """Milliseconds since the machine started, with the time that is to count as passed."""
        return self._system.boot_ms() + self._current().boot_ahead_ms

    def _load(self) -> Steering:
        steering = Steering.load(self._path)
        if not 0 <= steering.domain_ms + self._system.wall_ms() - steering.real_ms <= STEERED_MS_MAX:
            raise SteeringUnreadable("the clock file leads to a day before 1970 or after 2199")
        return steering

    def _current(self) -> Steering:
        version = _version(self._path)
        if version is not None and version != self._version:
            try:
                self._steering = self._load()
                self._version = version
            except SteeringUnreadable:
                # Half-written by an editor: the next reading looks again.
                return self._steering
        return self._steering


def _version(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file is written or replaced; None when there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class FixedClock:
    """A clock that moves only when told to: for tests and for replays."""

    real = False

    def __init__(self, wall_ms: int, boot_ms: int = 0, boot_id: bytes = b"\x00" * BOOT_ID_BYTES) -> None:
        self._wall_ms = wall_ms
        self._boot_ms = boot_ms
        self.boot_id = boot_id

    def wall_ms(self) -> int:
        """Milliseconds since 1970 UTC, as last set or advanced to."""
        return self._wall_ms

    def boot_ms(self) -> int:
        """Milliseconds since the machine started, as advanced to."""
        return self._boot_ms

    def advance(self, ms: int) -> None:
        """Let `ms` milliseconds pass, on both clocks. Raises ValueError when negative: time does not."""
        if ms < 0:
            raise ValueError(f"time cannot pass by {ms} ms; set_wall() sets the clock back")
        self._wall_ms += ms
        self._boot_ms += ms

    def set_wall(self, wall_ms: int) -> None:
        """Set the wall clock, either way, as somebody's hand does; the boot clock does not move."""
        self._wall_ms = wall_ms
