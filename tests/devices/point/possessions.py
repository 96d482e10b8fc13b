"""What a program holds of the system, to see that it is given back: threads and file descriptors."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

from msgspec import Struct


class Possessions(Struct, frozen=True):
    """Threads that run, and open descriptors with what they lead to."""

    threads: frozenset[str]
    descriptors: tuple[str, ...]

    @classmethod
    def now(cls) -> Possessions:
        """Return what this program holds; what nobody can reach any more is given back first."""
        gc.collect()
        threads = frozenset(f"{thread.name} {thread.ident}" for thread in threading.enumerate())
        return cls(threads, tuple(sorted(_target(link) for link in Path("/proc/self/fd").iterdir())))

    def more_than(self, before: Possessions) -> str:
        """Return what is held now and was not before, "" for nothing."""
        threads = self.threads - before.threads
        more = len(self.descriptors) - len(before.descriptors)
        if not threads and more <= 0:
            return ""
        return f"{more} more descriptors of {self.descriptors}, threads {sorted(threads)}"


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # the descriptor of the listing itself
        return "gone"
