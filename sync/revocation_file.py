"""The newest list of revocations in a data directory: kept durably, and asked whenever a key is to be believed.

One process replaces the file, others see that it was replaced. What an older version wrote or a failing disk altered
counts as no list: the next one that comes puts it right, and until then it is said in the log.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from msgspec.structs import replace

from sync.durable import replace_file
from sync.keys import Trust
from sync.protocol.revocations import (
    Revocations,
    RevocationsContradict,
    RevocationsRefused,
    nothing_revoked,
    verify_revocations,
)

CONTRADICTION_SUFFIX = ".contradiction"
_Version = tuple[int, int, int]
_log = logging.getLogger(__name__)


class RevocationFile:
    """What a county has revoked, as far as this directory has heard.

    Args:
        path: of the list, which may not be there.
        trust: the root whose signature counts.
    """

    def __init__(self, path: Path, trust: Trust) -> None:
        self._path = path
        self._trust = trust
        self._seen: _Version | None = None
        self._held = nothing_revoked(trust.county)
        self._message: bytes | None = None
        self._lock = threading.Lock()

    def since(self, purpose: str, thing: bytes) -> int | None:
        """Return from when on a key or a certificate is revoked, None when it is not; see `Revocations.since`."""
        return self.held().since(purpose, thing)

    def held(self) -> Revocations:
        """Return the newest list, number 0 when none is held."""
        with self._lock:
            self._look()
            return self._held

    def message(self) -> bytes | None:
        """Return that list as the root signed it, None when none is held."""
        with self._lock:
            self._look()
            return self._message

    def take(self, message: bytes) -> bool:
        """Keep a list that goes on from the one that is held, durably, and return whether it was news.

        A signed one that contradicts it is kept beside it as evidence. Raises RevocationsRefused, OSError.
        """
        said = verify_revocations(message, self._trust)
        with self._lock:
            self._look()
            try:
                said.check_goes_on_from(self._held)
            except RevocationsContradict:
                evidence = self._path.with_name(self._path.name + CONTRADICTION_SUFFIX)
                if not evidence.exists():
                    # The first one says what happened; a thief of the root must not fill this disk.
                    replace_file(evidence, message, mode=0o644)
                raise
            if said == self._held:
                return False
            replace_file(self._path, message, mode=0o644)
            return True

    def contradicted(self) -> bool:
        """Whether the root was ever heard to take back what it had revoked."""
        return self._path.with_name(self._path.name + CONTRADICTION_SUFFIX).exists()

    def _look(self) -> None:
        """Read the file again if it was replaced. What was held from it stays when it cannot be read any more."""
        try:
            found = self._path.stat()
            version = (found.st_mtime_ns, found.st_size, found.st_ino)
            if version == self._seen:
                return
            message = self._path.read_bytes()
            self._held, self._message, self._seen = verify_revocations(message, self._trust), message, version
        except FileNotFoundError:
            return
        except (RevocationsRefused, OSError) as cause:
            _log.error("%s is not used: %s", self._path.name, cause)


def heeding(trust: Trust, path: Path) -> Trust:
    """Return the same trust, less what the list at `path` revokes, now and whenever it is replaced."""
    return replace(trust, revoked=RevocationFile(path, trust))
