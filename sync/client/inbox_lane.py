"""The lane down: the county's records for this point, verified from the county's root to every body."""

from __future__ import annotations

from sync.client.line import Carrier, LineFailed
from sync.keys import Purpose, Trust
from sync.protocol.frame import FrameCut, FrameReader, FrameRefused
from sync.protocol.relay import (
    RELAY_BYTES_MAX,
    Relay,
    RelayMalformed,
    RelayNotTrusted,
    RelayOutOfOrder,
    check_next,
    open_relay,
)
from sync.transport.line_state import LineFault
from sync.transport.transport import Transport

INBOX_BYTES_MAX = 512 * 1024


class InboxLane:
    """Fetches what the county has written for this point.

    Args:
        line: to the gateway.
        transport: where the county's records are kept.
        trust: the county's root.
        subject: this terminal's name: no other point's chain is taken.
    """

    def __init__(self, line: Carrier, transport: Transport, trust: Trust, subject: str) -> None:
        self._line = line
        self._transport = transport
        self._trust = trust
        self._subject = subject

    def run(self) -> None:
        """Fetch until nothing is left. Raises LineFailed, TransportRefused, Stopped."""
        while self._fetch():
            pass

    def _fetch(self) -> bool:
        """Fetch one answer and return whether it brought anything."""
        link = self._transport.inbox_link()
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
            for content in contents:
                self._take_in(content)
            # What was whole is kept before anybody asks why the rest is missing.
            if answer.broken is not None:
                raise answer.broken
            frames.finish()
        except FrameRefused as cause:
            raise LineFailed(LineFault.GARBLED, str(cause)) from cause
        except FrameCut as cause:
            raise LineFailed(LineFault.CUT, f"the inbox ended early: {cause}") from cause
        return bool(contents)

    def _take_in(self, content: bytes) -> None:
        try:
            relay = Relay.decode(content)
            _, records = open_relay(relay, self._trust, Purpose.COUNTY_CHAIN, self._subject)
            check_next(records, self._transport.inbox_link())
        except RelayMalformed as cause:
            raise LineFailed(LineFault.GARBLED, str(cause)) from cause
        except RelayNotTrusted as cause:
            raise LineFailed(LineFault.NOT_SIGNED, str(cause)) from cause
        except RelayOutOfOrder as cause:
            raise LineFailed(LineFault.OUT_OF_ORDER, f"the county's records do not follow: {cause}") from cause
        self._transport.keep_records(records)
