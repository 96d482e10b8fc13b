"""`keys/desk.key`: the desk key of a terminal as a file, read by the kiosk, changed by the kiosk and by provisioning.

Deterministic CBOR, and behind it the SHA-256 of it: a damaged file is told from a wrong PIN.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from sync import cbor
from sync.agent_card import MARK_BYTES
from sync.agents import AGENT_ID
from sync.desk_key import (
    AGENTS_MAX,
    CHANGES_KEPT,
    EARLIER_MAX,
    DeskChange,
    DeskKey,
    DeskKeyChanged,
    DeskKeyDamaged,
    DeskKeyMissing,
    EarlierKey,
    Wrap,
)
from sync.durable import replace_file
from sync.fields import FieldRefused, Fields
from sync.lock import HeldElsewhere, ProcessLock
from sync.model.facts import DeskEnd, DeskGift
from sync.model.plain import PlainValue
from sync.pin import SALT_BYTES
from sync.sealing import Recipient

DESK_KEY_FILE = "keys/desk.key"
_VERSION = 1
_KEY_BYTES = 32
_WRAPPED_BYTES = _KEY_BYTES + 16
_SEALED_BYTES = 32 + _KEY_BYTES + 16
_PROOF_BYTES = 32
_DIGEST_BYTES = 32
_LIMITS = cbor.Limits(256 * 1024, values_max=20_000)


class DeskKeyFile:
    """The file of one terminal."""

    def __init__(self, data: Path, terminal: str) -> None:
        """Look into a terminal's data directory; `terminal` is its name in statements."""
        self.path = data / DESK_KEY_FILE
        self.terminal = terminal

    def read(self) -> DeskKey:
        """Return what it holds. Raises DeskKeyMissing, DeskKeyDamaged."""
        try:
            held = self.path.read_bytes()
        except FileNotFoundError as cause:
            raise DeskKeyMissing(f"{self.path.name} is not there: no agent was ever let in") from cause
        except OSError as cause:
            raise DeskKeyDamaged(f"{self.path.name} cannot be read: {cause.strerror}") from cause
        return decode(held, self.terminal)

    def write(self, old: DeskKey | None, new: DeskKey) -> None:
        """Put `new` in the place of `old` at once, durably; None: there was none.

        Raises DeskKeyChanged when something else stands there, OSError.
        """
        try:
            lock = ProcessLock(self.path.with_name(self.path.name + ".lock"))
        except HeldElsewhere as cause:
            raise DeskKeyChanged("somebody else changes the desk key at this moment; try again") from cause
        try:
            held = self.path.read_bytes() if self.path.exists() else None
            if held != (None if old is None else encode(old)):
                raise DeskKeyChanged("the desk key was changed by somebody else; try again")
            replace_file(self.path, encode(new), mode=0o600)
        finally:
            lock.release()


def encode(key: DeskKey) -> bytes:
    """Return the bytes of the file."""
    content = cbor.encode(
        {
            0: _VERSION,
            1: key.terminal,
            2: key.public_key,
            3: tuple(
                (each.agent, each.public_key, each.salt, each.mark, each.wrapped, each.sealed, each.proof)
                for each in key.wraps
            ),
            4: tuple((each.public_key, each.sealed) for each in key.earlier),
            5: int(key.rotation_due),
            6: tuple(
                (each.at_ms, each.agent, each.gift.value if each.gift else "", each.end.value if each.end else "")
                for each in key.changes
            ),
        }
    )
    return content + hashlib.sha256(content).digest()


def decode(held: bytes, terminal: str) -> DeskKey:
    """Read the bytes of a terminal's file. Raises DeskKeyDamaged."""
    content, digest = held[:-_DIGEST_BYTES], held[-_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        raise DeskKeyDamaged("the file of the desk key is damaged")
    try:
        fields = Fields(cbor.decode(content, _LIMITS), _NAMES)
        fields.whole(0, _VERSION, _VERSION)
        key = DeskKey(
            terminal=fields.text(1, 200),
            public_key=fields.raw(2, _KEY_BYTES),
            wraps=tuple(_wrap(each) for each in fields.array(3, AGENTS_MAX)),
            earlier=tuple(_earlier(each) for each in fields.array(4, EARLIER_MAX)),
            rotation_due=bool(fields.whole(5, 0, 1)),
            changes=tuple(_change(each) for each in fields.array(6, CHANGES_KEPT)),
        )
        Recipient(key.public_key)
    except ValueError as cause:  # of CBOR, of a field, of a word that is none, of a key that is none
        raise DeskKeyDamaged(f"the file of the desk key is damaged: {cause}") from cause
    if key.terminal != terminal:
        raise DeskKeyDamaged("the file of the desk key is that of another terminal")
    return key


_NAMES = {
    0: "version",
    1: "terminal",
    2: "public key",
    3: "wraps",
    4: "earlier keys",
    5: "rotation due",
    6: "changes",
}
_WRAP_NAMES = dict(enumerate(("agent", "public key", "salt", "mark", "wrapped key", "sealed key", "proof")))


def _wrap(held: PlainValue) -> Wrap:
    fields = Fields(held, _WRAP_NAMES)
    return Wrap(
        _agent(fields, 0),
        fields.raw(1, _KEY_BYTES),
        fields.raw(2, SALT_BYTES),
        fields.raw(3, MARK_BYTES),
        fields.raw(4, _WRAPPED_BYTES),
        fields.raw(5, _SEALED_BYTES),
        fields.raw(6, _PROOF_BYTES),
    )


def _earlier(held: PlainValue) -> EarlierKey:
    fields = Fields(held, {0: "public key", 1: "sealed key"})
    return EarlierKey(fields.raw(0, _KEY_BYTES), fields.raw(1, _SEALED_BYTES))


def _change(held: PlainValue) -> DeskChange:
    fields = Fields(held, {0: "time", 1: "agent", 2: "gift", 3: "end"})
    gift, end = fields.text(2, 20), fields.text(3, 20)
    return DeskChange(
        fields.whole(0, 1), _agent(fields, 1), DeskGift(gift) if gift else None, DeskEnd(end) if end else None
    )


def _agent(fields: Fields, place: int) -> str:
    agent = fields.text(place, 3)
    if AGENT_ID.fullmatch(agent) is None:
        raise FieldRefused("an agent's id is not of its form")
    return agent
