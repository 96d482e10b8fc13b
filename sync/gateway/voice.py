"""What the gateway says under the county's name: the key that the root has lent it, and for how long.

An answer under a key whose time is over, or that the root has revoked, is refused by everybody who gets it. So none is
made: whoever would be answered is told that the gateway cannot speak now. As soon as the files beside it hold a word of
the root that is in force, it goes on, without being started anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from msgspec import Struct

from sync.clock import Clock
from sync.gateway.terms import Reminder
from sync.key_files import KeyFileRefused
from sync.keys import Purpose, Signer, Statement, StatementRefused, Trust
from sync.model.moment import local_date
from sync.protocol.acknowledgement import Acknowledgement, encode_answer
from sync.record import Link

_log = logging.getLogger(__name__)


class NotVouched(Exception):
    """The root does not vouch for the acknowledgement key at this time; the message says what to do."""


class Lent(Struct, frozen=True):
    """A key, and the root's `statement` for it as a message and as what it says."""

    signer: Signer
    statement: bytes
    said: Statement


class LentKey:
    """The acknowledgement key, as long as the root vouches for it. Safe to ask from any thread.

    Args:
        read: reads the key and the root's statement for it. Asked at first, and whenever what is held does not count.
            Raises KeyFileRefused, OSError.
        trust: the county's root, and what it has revoked.
    """

    def __init__(self, read: Callable[[], tuple[Signer, bytes]], trust: Trust) -> None:
        self._read = read
        self._trust = trust
        self._lent: Lent | None = None
        self._silent = False
        self._reminder = Reminder("the statement for the acknowledgement key", "renew it with county-init")

    def at(self, now_ms: int) -> Lent:
        """Return the key for what is said at a time of the county's clock. Raises NotVouched."""
        held = self._lent
        if held is not None and self._objection(held, now_ms) is None:
            self._reminder.look(held.said.not_after_ms, now_ms)
            return held
        try:
            found = self._found(now_ms)
        except NotVouched as refusal:
            if held is not None and not self._silent:
                _log.error("nothing is acknowledged any more: %s", refusal)
                self._silent = True
            raise
        if self._silent:
            _log.warning("acknowledging again, until %s", local_date(found.said.not_after_ms))
        self._lent, self._silent = found, False
        return found

    def _found(self, now_ms: int) -> Lent:
        """Read what lies there now. Raises NotVouched."""
        try:
            signer, statement = self._read()
            found = Lent(signer, statement, self._trust.vouched(statement, Purpose.ACKNOWLEDGE))
        except (StatementRefused, KeyFileRefused, OSError) as cause:
            raise NotVouched(f"the acknowledgement key cannot be used: {cause}") from cause
        objection = self._objection(found, now_ms)
        if objection is not None:
            raise NotVouched(objection)
        return found

    def _objection(self, lent: Lent, now_ms: int) -> str | None:
        """Why nobody would believe what is said under a key at a time; None: everybody does."""
        said, revoked = lent.said, self._trust.revoked
        if not said.not_before_ms <= now_ms <= said.not_after_ms:
            return (
                f"the statement for the acknowledgement key is not in force on {local_date(now_ms)}: it is from"
                f" {local_date(said.not_before_ms)} to {local_date(said.not_after_ms)}; set the clock, or renew it with"
                " county-init"
            )
        if said.key != lent.signer.public_key:
            return "the statement is for another key than the acknowledgement key beside it"
        since_ms = revoked.since(Purpose.ACKNOWLEDGE.value, said.key) if revoked is not None else None
        if since_ms is not None and now_ms >= since_ms:
            return "the county has revoked this key of the gateway, which acknowledges; county-init makes another"
        return None


class Acknowledger(Struct, frozen=True):
    """Signs where a chain stands. Only what has been committed, or `Store.confirmed`, may be given to it."""

    lent: LentKey
    clock: Clock

    def check(self) -> None:
        """Check that something can be acknowledged now, before anybody sends it. Raises NotVouched."""
        self.lent.at(self.clock.wall_ms())

    def answer(self, head: Link) -> bytes:
        """The signed answer about a chain, with the county's time. Raises NotVouched."""
        acknowledgement = Acknowledgement(head, self.clock.wall_ms())
        lent = self.lent.at(acknowledgement.at_ms)
        return encode_answer(lent.statement, acknowledgement.sign(lent.signer))
