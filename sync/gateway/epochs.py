"""Taking up a recovery: a gateway that was put back from a backup begins the epoch that the root has signed for it."""

from __future__ import annotations

import logging
from pathlib import Path

from sync.gateway.store import Store
from sync.keys import Trust
from sync.protocol.recovery import verify_recovery

_log = logging.getLogger(__name__)


def take_up(store: Store, recovery: Path, trust: Trust, now_ms: int) -> None:
    """Begin the epoch of a recovery, unless it has begun; without the file there is none.

    Raises RecoveryRefused, LogNotAsRecovered, StoreUnavailable, OSError.
    """
    if not recovery.exists():
        return
    message = recovery.read_bytes()
    newest = verify_recovery(message, trust).newest
    if store.begin_epoch(message, newest, now_ms):
        _log.warning("the log was put back: epoch %d begins, %d entries are kept", newest.epoch, newest.kept.size)
