"""The lane of revocations: asked for with every poll of the packs, and an empty answer while nothing has changed."""

from __future__ import annotations

import hashlib

from sync.client.arrivals import Arrivals
from sync.client.line import Carrier, LineFailed
from sync.protocol.revocations import REVOCATIONS_BYTES_MAX
from sync.transport.line_state import LineFault


class RevocationsLane:
    """Fetches the root's newest list. `arrivals` judges and keeps it."""

    def __init__(self, line: Carrier, arrivals: Arrivals) -> None:
        self._line = line
        self._arrivals = arrivals

    def run(self) -> None:
        """Fetch the list if it is another than the one held. Raises LineFailed, TransportRefused, Stopped."""
        self._fetch()
        self._arrivals.doubt_revoked()

    def _fetch(self) -> None:
        held = self._arrivals.revocations.message()
        asked = {} if held is None else {"If-None-Match": f'"{hashlib.sha256(held).hexdigest()[:16]}"'}
        answer = self._line.ask("/v1/revocations", REVOCATIONS_BYTES_MAX, asked)
        if answer.broken is not None:
            raise answer.broken
        if answer.status in (304, 404, 405):
            # Nothing new; nothing was ever revoked; a gateway of a version that cannot say.
            return
        if answer.status != 200:
            raise LineFailed(
                LineFault.REQUEST_REFUSED, f"the gateway gives no revocations ({answer.status} {answer.refusal})"
            )
        self._arrivals.revoked(answer.body)
