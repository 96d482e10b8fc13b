"""The lane down: the county's records for this point, as far as they have come when a connection breaks."""

from __future__ import annotations

from sync.client.arrivals import Arrivals
from sync.client.line import Carrier, LineFailed
from sync.protocol.frame import FrameCut, FrameReader, FrameRefused
from sync.protocol.relay import RELAY_BYTES_MAX
from sync.transport.line_state import LineFault

INBOX_BYTES_MAX = 512 * 1024


class InboxLane:
    """Fetches what the county has written for this point. `arrivals` judges and keeps it."""

    def __init__(self, line: Carrier, arrivals: Arrivals) -> None:
        self._line = line
        self._arrivals = arrivals

    def run(self) -> None:
        """Fetch until nothing is left. Raises LineFailed, TransportRefused, Stopped."""
        while self._fetch():
            pass

    def _fetch(self) -> bool:
        """Fetch one answer and return whether it brought anything new."""
        link = self._arrivals.transport.inbox_link()
        answer = self._line.ask(f"/v1/inbox?after={link.seq if link else 0}", INBOX_BYTES_MAX)
        if answer.status == 403:
            raise LineFailed(LineFault.NOT_ADMITTED, f"the gateway does not take this terminal ({answer.refusal})")
        if answer.status != 200:
            raise LineFailed(
                LineFault.REQUEST_REFUSED, f"the gateway gives no inbox ({answer.status} {answer.refusal})"
            )
        frames = FrameReader(RELAY_BYTES_MAX)
        try:
            contents = frames.feed(answer.body)
            fresh = sum(self._arrivals.relay(content) for content in contents)
            # What was whole is kept before anybody asks why the rest is missing.
            if answer.broken is not None:
                raise answer.broken
            frames.finish()
        except FrameRefused as cause:
            raise LineFailed(LineFault.GARBLED, str(cause)) from cause
        except FrameCut as cause:
            raise LineFailed(LineFault.CUT, f"the inbox ended early: {cause}") from cause
        if contents and not fresh:
            raise LineFailed(LineFault.OUT_OF_ORDER, "the gateway sends again what is here already")
        return bool(contents)
