"""The lane of the key for sticks: whom bundles are sealed to, so that it is known here when the line is gone."""

from __future__ import annotations

from sync.client.line import Carrier, LineFailed
from sync.client.stick_road import StickRoad
from sync.keys import STATEMENT_BYTES_MAX
from sync.transport.line_state import LineFault

_ANSWER_BYTES_MAX = STATEMENT_BYTES_MAX + 128


class StickKeyLane:
    """Fetches the root's statement for the gateway's key. `road` judges and keeps it."""

    def __init__(self, line: Carrier, road: StickRoad) -> None:
        self._line = line
        self._road = road

    def run(self) -> None:
        """Fetch it; a gateway without such a key has none to give. Raises LineFailed, Stopped."""
        answer = self._line.ask("/v1/stick-key", _ANSWER_BYTES_MAX)
        if answer.broken is not None:
            raise answer.broken
        if answer.status == 404:
            return
        if answer.status != 200:
            raise LineFailed(
                LineFault.REQUEST_REFUSED, f"the gateway gives no key for sticks ({answer.status} {answer.refusal})"
            )
        self._road.keep_gateway_key(answer.body)
