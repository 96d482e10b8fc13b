"""The desk key: what opens bodies and drafts at a point, on the disk only wrapped, once for every agent.

Its file (`sync.desk_key_file`) holds the public half in clear, so that a locked terminal writes and cannot read, and
for every agent who may open it a wrap:

- an X25519 key of the agent's own, its private half under AES-256-GCM by a key that HKDF makes of the stretched PIN
  (`sync.pin`) and of the second half, the agent's card (`sync.agent_card`). The tag is the only verifier of the PIN,
  and it cannot be tried without the card;
- the desk key's private half, sealed to the agent's key. So a new desk key reaches agents who are not there.

Keys that were the desk's before lie beside, sealed to the present one: what was written for them stays readable. All
of it is one file that is replaced at once, so a power cut leaves the old keys or the new ones.

Whoever opens the desk holds their wrap against a proof that only the desk key can have made, and a wrap without one is
never sealed to.
"""

from __future__ import annotations

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct
from msgspec.structs import replace

from sync import cbor
from sync.agent_card import SecondHalf
from sync.model.facts import DeskEnd, DeskGift
from sync.pin import SALT_BYTES, stretched
from sync.sealing import KeyOpener, Recipient, SealBroken, seal_to

CHANGES_KEPT = 100
AGENTS_MAX = 50
EARLIER_MAX = 500
_ONE_USE_NONCE = bytes(12)
"""The key it is used with is made of a fresh salt, and seals once."""


class DeskKeyRefused(ValueError):
    """The desk cannot be opened or changed like this; the kinds say why."""


class DeskKeyMissing(DeskKeyRefused):
    """There is no file of the desk key: no agent was ever added."""


class DeskKeyDamaged(DeskKeyRefused):
    """The file of the desk key is damaged, is another terminal's, or was changed by somebody who could not open it."""


class DeskKeyChanged(DeskKeyRefused):
    """The file was changed by somebody else since it was read; look again."""


class NoWrap(DeskKeyRefused):
    """The agent cannot open the desk: the card was revoked, or none was ever made."""


class NotThisCard(DeskKeyRefused):
    """The card is whole, and is not the one that opens: a newer one was made."""


class WrongPin(DeskKeyRefused):
    """The second half is right and the PIN is not."""


class Wrap(Struct, frozen=True):
    """What one agent opens the desk by.

    Attributes:
        agent: id, as in keys/agents.json.
        public_key: of the agent's own X25519 key.
        salt: 16 random bytes for the PIN.
        mark: of the second half, see `SecondHalf.mark`.
        wrapped: the agent's private key under PIN and second half.
        sealed: the desk's private key, sealed to the agent's.
        proof: HMAC of all before `sealed`, by a key that follows from the desk's private key.
    """

    agent: str
    public_key: bytes
    salt: bytes
    mark: bytes
    wrapped: bytes
    sealed: bytes
    proof: bytes


class EarlierKey(Struct, frozen=True):
    """A key that was the desk's before; its private half is sealed to the present key."""

    public_key: bytes
    sealed: bytes


class DeskChange(Struct, frozen=True):
    """Who was given or lost access, to be told as a fact.

    `at_ms` is the wall clock of whoever changed it, ms since 1970 UTC, and always later than that of the change before.
    """

    at_ms: int
    agent: str
    gift: DeskGift | None
    end: DeskEnd | None


class Given(Struct, frozen=True):
    """Who lets an agent in, and when by the wall clock, ms since 1970 UTC."""

    how: DeskGift
    at_ms: int


class OpenDesk(Struct, frozen=True):
    """The private keys of an open desk, in memory only: the present one and those before it."""

    key: KeyOpener
    earlier: tuple[KeyOpener, ...] = ()

    @property
    def openers(self) -> tuple[KeyOpener, ...]:
        """All of them, the present one first."""
        return (self.key, *self.earlier)


class DeskKey(Struct, frozen=True):
    """What `keys/desk.key` holds. Every change gives another value.

    Attributes:
        terminal: the terminal's name in statements; wraps open nowhere else.
        public_key: whom this desk's bodies are sealed to.
        wraps: one for every agent who can open it.
        earlier: the keys before this one.
        rotation_due: somebody lost access while the desk was locked; whoever opens it next makes a new key.
        changes: the newest `CHANGES_KEPT`, oldest first.
    """

    terminal: str
    public_key: bytes
    wraps: tuple[Wrap, ...] = ()
    earlier: tuple[EarlierKey, ...] = ()
    rotation_due: bool = False
    changes: tuple[DeskChange, ...] = ()

    @classmethod
    def begin(cls, terminal: str, opened: OpenDesk) -> DeskKey:
        """Begin with a key that nobody can open yet; `gave` is what follows."""
        key = cls(terminal, opened.key.recipient.public_key)
        return replace(key, earlier=tuple(key._earlier(each, opened.key) for each in opened.earlier))

    @property
    def recipient(self) -> Recipient:
        """Whom one seals to."""
        return Recipient(self.public_key)

    def wrap_of(self, agent: str) -> Wrap:
        """Return an agent's wrap. Raises NoWrap."""
        found = next((each for each in self.wraps if each.agent == agent), None)
        if found is None:
            raise NoWrap(f"agent {agent} has no card that opens this desk")
        return found

    def check_half(self, agent: str, half: SecondHalf) -> None:
        """Check that a second half is the one that opens for an agent. Raises NoWrap, NotThisCard."""
        if not hmac.compare_digest(self.wrap_of(agent).mark, half.mark):
            raise NotThisCard(f"this is not the card that opens for agent {agent}; a newer one was made")

    def open(self, agent: str, pin: str, half: SecondHalf) -> OpenDesk:
        """Open the desk for an agent; takes as long as Argon2id does, 25-150 ms.

        Raises NoWrap, NotThisCard, WrongPin, DeskKeyDamaged, sync.pin.PinNotDigits.
        """
        self.check_half(agent, half)
        wrap = self.wrap_of(agent)
        try:
            private = AESGCM(self._wrapping_key(wrap.salt, agent, pin, half)).decrypt(
                _ONE_USE_NONCE, wrap.wrapped, self._place(agent)
            )
        except InvalidTag as cause:
            raise WrongPin("the PIN is wrong") from cause
        own = _opener(private, wrap.public_key)
        desk = self._unsealed(own, wrap.sealed, self.public_key)
        if not self._is_proven(wrap, desk):
            raise DeskKeyDamaged("this wrap was not made by anybody who could open the desk")
        return self.opened_with(desk)

    def opened_with(self, desk: KeyOpener) -> OpenDesk:
        """Open the desk with its present key. Raises DeskKeyChanged when that is another one, DeskKeyDamaged."""
        self._check_opened(OpenDesk(desk))
        return OpenDesk(desk, tuple(self._unsealed(desk, each.sealed, each.public_key) for each in self.earlier))

    def gave(self, opened: OpenDesk, agent: str, pin: str, half: SecondHalf, change: Given) -> DeskKey:
        """Return it with a wrap for an agent in the place of an older one. Raises sync.pin.PinNotDigits."""
        self._check_opened(opened)
        private, salt = X25519PrivateKey.generate(), os.urandom(SALT_BYTES)
        wrapped = AESGCM(self._wrapping_key(salt, agent, pin, half)).encrypt(
            _ONE_USE_NONCE, private.private_bytes_raw(), self._place(agent)
        )
        public = private.public_key().public_bytes_raw()
        wrap = self._resealed(Wrap(agent, public, salt, half.mark, wrapped, b"", b""), opened.key)
        others = tuple(each for each in self.wraps if each.agent != agent)
        if len(others) >= AGENTS_MAX:
            raise DeskKeyRefused(f"a desk has at most {AGENTS_MAX} agents")
        return replace(self, wraps=(*others, wrap), changes=self._changed(agent, change.at_ms, change.how, None))

    def ended(self, agent: str, end: DeskEnd, at_ms: int) -> DeskKey:
        """Return it without an agent's wrap; nobody needs to open anything for that. Raises NoWrap."""
        gone = self.wrap_of(agent)
        others = tuple(each for each in self.wraps if each is not gone)
        return replace(self, wraps=others, rotation_due=True, changes=self._changed(agent, at_ms, None, end))

    def rotated(self, opened: OpenDesk) -> tuple[DeskKey, OpenDesk]:
        """Return it with a new key, sealed to every agent who was let in by the one before.

        A wrap that nobody who could open the desk has made is dropped.
        """
        self._check_opened(opened)
        fresh = OpenDesk(KeyOpener.fresh(), opened.openers[:EARLIER_MAX])
        begun = DeskKey.begin(self.terminal, fresh)
        wraps = tuple(self._resealed(each, fresh.key) for each in self.wraps if self._is_proven(each, opened.key))
        return replace(begun, wraps=wraps, changes=self.changes), fresh

    def _wrapping_key(self, salt: bytes, agent: str, pin: str, half: SecondHalf) -> bytes:
        """Make the key of PIN and second half. Either alone is worth nothing."""
        return HKDF(SHA256(), 32, salt, b"sunpoint 1 desk wrap" + self._place(agent)).derive(
            stretched(pin, salt) + half.secret
        )

    def _place(self, agent: str) -> bytes:
        return cbor.encode((self.terminal, agent))

    def _resealed(self, wrap: Wrap, desk: KeyOpener) -> Wrap:
        sealed = seal_to(Recipient(wrap.public_key), desk.secret(), self._context(desk.recipient.public_key))
        return replace(wrap, sealed=sealed, proof=self._proof(wrap, desk))

    def _earlier(self, opener: KeyOpener, desk: KeyOpener) -> EarlierKey:
        public = opener.recipient.public_key
        return EarlierKey(public, seal_to(desk.recipient, opener.secret(), self._context(public)))

    def _unsealed(self, opener: KeyOpener, sealed: bytes, public: bytes) -> KeyOpener:
        try:
            return _opener(opener.open(sealed, self._context(public)), public)
        except SealBroken as cause:
            raise DeskKeyDamaged("a key of this desk was sealed for somebody else") from cause

    def _context(self, public: bytes) -> bytes:
        return b"sunpoint 1 desk key" + self._place("") + public

    def _proof(self, wrap: Wrap, desk: KeyOpener) -> bytes:
        key = HKDF(SHA256(), 32, None, b"sunpoint 1 desk proof").derive(desk.secret())
        said = cbor.encode((self.terminal, wrap.agent, wrap.public_key, wrap.salt, wrap.mark, wrap.wrapped))
        return hmac.digest(key, said, "sha256")

    def _is_proven(self, wrap: Wrap, desk: KeyOpener) -> bool:
        return hmac.compare_digest(wrap.proof, self._proof(wrap, desk))

    def _check_opened(self, opened: OpenDesk) -> None:
        if opened.key.recipient.public_key != self.public_key:
            raise DeskKeyChanged("the desk has another key by now; open it again")

    def _changed(self, agent: str, at_ms: int, gift: DeskGift | None, end: DeskEnd | None) -> tuple[DeskChange, ...]:
        after_ms = self.changes[-1].at_ms if self.changes else 0
        return (*self.changes, DeskChange(max(at_ms, after_ms + 1), agent, gift, end))[-CHANGES_KEPT:]


def _opener(private: bytes, public: bytes) -> KeyOpener:
    opener = KeyOpener(X25519PrivateKey.from_private_bytes(private))
    if opener.recipient.public_key != public:
        raise DeskKeyDamaged("a key of this desk does not fit its other half")
    return opener
