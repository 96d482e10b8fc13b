"""The lock of the desk: opens it with PIN and card, lets go of the keys, and says who may open it.

For the length of a shift the card of the agent stays in memory, so that a desk that locked itself is opened again by
the PIN alone; closing the shift drops it. The private keys are in memory only while the desk is open.

The file of the keys belongs to two programs, this and provisioning. It is read again whenever somebody is about to sign
in, and whoever was given or lost access meanwhile is written down then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from kiosk.desk import TECHNICIAN, Actor, Desk
from sync.agent_card import AgentCard
from sync.clock import Clock
from sync.desk_key import DeskKey, DeskKeyRefused, Given, OpenDesk
from sync.desk_key_file import DeskKeyFile
from sync.model.facts import DeskEnd, DeskGift
from sync.sealing import Recipient

SHIFT_MS_MAX = 12 * 3600 * 1000
"""A card that nobody took back by closing the shift is forgotten after this, by the clock of the boot."""

Readers = Callable[[Recipient], Sequence[Recipient]]
"""Returns everybody whom content keys are told to, given the desk's key."""


class _Shift(Struct, frozen=True):
    card: AgentCard
    since_boot_ms: int


class DeskLock:
    """Opens and locks one desk."""

    def __init__(self, file: DeskKeyFile, desk: Desk, readers: Readers, clock: Clock) -> None:
        """Lock `desk` by the keys in `file`. A file that cannot be used is said when somebody wants to sign in."""
        self._file = file
        self._desk = desk
        self._readers = readers
        self._clock = clock
        self._key: DeskKey | None = None
        self._opened: OpenDesk | None = None
        self._shift: _Shift | None = None

    @property
    def terminal(self) -> str:
        """The terminal's name in statements; cards name it."""
        return self._file.terminal

    def look(self) -> DeskKey:
        """Read who may open the desk, and follow what was changed. Raises DeskKeyRefused, JournalRefused."""
        key = self._file.read()
        self._follow(key, TECHNICIAN)
        return key

    def check_card(self, card: AgentCard) -> None:
        """Check that a card is one that opens this desk, before anybody types a PIN. Raises DeskKeyRefused."""
        self.look().check_half(card.agent, card)

    def card_of(self, agent: str) -> AgentCard | None:
        """Return the card that stays in memory for the shift, None when the agent has to show it."""
        shift = self._shift
        if shift is None or shift.card.agent != agent:
            return None
        if self._clock.boot_ms() - shift.since_boot_ms > SHIFT_MS_MAX:
            self._shift = None
            return None
        return shift.card

    def open(self, pin: str, card: AgentCard) -> None:
        """Open the desk for the agent whose card it is; makes a new key when somebody lost access meanwhile.

        Raises DeskKeyRefused by its kinds, PinNotDigits, JournalRefused; the desk stays locked then.
        """
        key = self.look()
        opened = key.open(card.agent, pin, card)
        if key.rotation_due:
            opened = self._rotated(key, opened)
        if self.card_of(card.agent) != card:
            self._shift = _Shift(card, self._clock.boot_ms())
        self._opened = opened
        self._desk.unlock(opened)

    def lock(self, *, shift_over: bool) -> None:
        """Let go of the keys, and of the card when the shift is over."""
        self._opened = None
        if shift_over:
            self._shift = None
        self._desk.lock()

    def give(self, agent: str, pin: str, card: AgentCard, actor: Actor) -> None:
        """Let an agent open the desk by a new PIN and card.

        Raises DeskKeyRefused, PinNotDigits, JournalRefused, OSError.
        """
        how = DeskGift.OWN if agent == actor.id else DeskGift.AGENT
        key, opened = self._open_key()
        changed = key.gave(opened, agent, pin, card, Given(how, self._clock.wall_ms()))
        self._change(key, changed, actor)
        if agent == actor.id:
            self._shift = _Shift(card, self._clock.boot_ms())

    def end(self, agent: str, why: DeskEnd, actor: Actor) -> None:
        """Let an agent open the desk no more, and make a new key. Raises DeskKeyRefused, JournalRefused, OSError."""
        key, opened = self._open_key()
        ended = key.ended(agent, why, self._clock.wall_ms())
        rotated, fresh = ended.rotated(opened)
        self._change(key, rotated, actor)
        self._opened = fresh
        self._desk.unlock(fresh)

    def _open_key(self) -> tuple[DeskKey, OpenDesk]:
        if self._opened is None:
            raise DeskKeyRefused("the desk is locked")
        return self.look(), self._opened

    def _rotated(self, key: DeskKey, opened: OpenDesk) -> OpenDesk:
        rotated, fresh = key.rotated(opened)
        try:
            self._change(key, rotated, TECHNICIAN)
        except OSError:
            # A disk that takes nothing locks nobody out: it stays due.
            return opened
        return fresh

    def _change(self, old: DeskKey, new: DeskKey, actor: Actor) -> None:
        # The file first: what it says and the journal does not is told the next time somebody looks.
        self._file.write(old, new)
        self._follow(new, actor)

    def _follow(self, key: DeskKey, actor: Actor) -> None:
        if self._key is None or self._key.public_key != key.public_key:
            self._desk.seal_for(key.recipient, self._readers(key.recipient))
        self._desk.tell_changes(key.changes, actor)
        self._key = key
