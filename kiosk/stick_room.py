"""The USB stick as the desk sees it: the sync process is asked to write or read it, and says what became of it.

Nothing here touches what is on the stick, and nobody waits for it: a stick may be slow, broken or pulled out.
"""

from __future__ import annotations

import os
from pathlib import Path

from kiosk.desk import Actor, Desk
from sync.bundle.stick import is_another_medium
from sync.clock import Clock
from sync.errand import Errand, What
from sync.model.facts import StickRead, StickWritten
from sync.transport.reader import TransportReader
from sync.transport.said import MirrorFault, MirrorSaid, StickSaid, StickStage, mirror_said, stick_said
from sync.transport.schema import TransportRefused

PATIENCE_MS = 150_000
"""An exchange on the line ends after 60 s, and a slow stick takes its time; after this nobody is there to do it."""


class StickNews:
    """A stick was put in or taken out, or an errand has gone on: told to the place that shows it."""


class StickRoom:
    """One errand at a time.

    Args:
        data: the terminal's data directory, where errands are left.
        stick: where a stick appears; None where this terminal has no place for one.
        mirror: where the second medium is, None when there is none.
        county: where the sync process answers.
        desk: where it is written down what was done.
        clock: bounds the waiting.
    """

    def __init__(
        self, data: Path, stick: str | None, mirror: str | None, county: TransportReader, desk: Desk, clock: Clock
    ) -> None:
        self._data = data
        self._stick = data / stick if stick is not None else None
        self._has_mirror = mirror is not None
        self._county = county
        self._desk = desk
        self._clock = clock
        self._errand: Errand | None = None
        self._actor: Actor | None = None
        self._asked_ms = 0
        self._said: StickSaid | None = None
        self._was_in = False

    @property
    def fitted(self) -> bool:
        """Whether this terminal has a place for sticks."""
        return self._stick is not None

    def is_in(self) -> bool:
        """Whether a stick is there now. Only the place that shows it asks: a broken stick may answer slowly."""
        return self._stick is not None and is_another_medium(self._stick, self._data)

    @property
    def said(self) -> StickSaid | None:
        """What became of the last errand; None: none was asked since the start, or there is no answer yet."""
        return self._said

    @property
    def waiting(self) -> bool:
        """Whether an errand is under way."""
        return self._errand is not None and (self._said is None or self._said.stage is StickStage.WORKING)

    @property
    def unanswered(self) -> bool:
        """Whether an errand has waited so long that nobody is there to do it."""
        return self.waiting and self._clock.boot_ms() - self._asked_ms > PATIENCE_MS

    def ask(self, what: What, actor: Actor) -> None:
        """Have the stick written or read. Raises OSError when the errand cannot be left."""
        if self._stick is None or (self.waiting and not self.unanswered):
            return
        errand = Errand(os.urandom(8).hex(), what, str(self._stick.absolute()))
        errand.leave(self._data)
        self._errand, self._actor, self._said = errand, actor, None
        self._asked_ms = self._clock.boot_ms()

    def forget(self) -> None:
        """Let go of the last answer: whoever comes next begins anew."""
        if not self.waiting:
            self._errand, self._said = None, None

    def settle(self) -> bool:
        """Look at what the sync process has said, and write down what was done; whether there is something new.

        Raises JournalRefused; then it is written down the next time.
        """
        if not self.waiting or self._errand is None or self._actor is None:
            return False
        try:
            said = stick_said(self._county)
        except TransportRefused:
            return False
        if said is None or said.errand != self._errand.id or said == self._said:
            return False
        if said.stage is not StickStage.WORKING:
            self._note(said, self._actor)
        self._said = said
        return True

    def moved(self) -> bool:
        """Whether a stick was put in or taken out since this was last asked."""
        was, self._was_in = self._was_in, self.is_in()
        return was != self._was_in

    def _note(self, said: StickSaid, actor: Actor) -> None:
        if said.what == What.IMPORT:
            fault = said.fault.value if said.fault else ""
            read = StickRead(acknowledged=said.acknowledged, news=said.news, packs=said.packs, fault=fault)
            self._desk.note(read, actor)
        elif said.stage is StickStage.DONE:
            written = StickWritten(first_seq=said.first_seq, last_seq=said.last_seq, left=said.left)
            self._desk.note(written, actor)

    def mirror(self) -> MirrorSaid | None:
        """How the second medium is; None when there is none, or nobody has said."""
        if not self._has_mirror:
            return None
        try:
            return mirror_said(self._county) or MirrorSaid(0, 0, MirrorFault.MISSING)
        except TransportRefused:
            return None
