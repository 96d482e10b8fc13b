"""`desk-grant`: lets one agent into the desk of a terminal that nobody there can open (`sync.desk_grant`).

The keys come from the records in which the terminal told them, sealed for escrow; whoever can open the county's bodies
can grant.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec import Struct

from county.pen import Pen
from county.store.database import Database
from county.store.ledger import Ledger, StoredRecord
from sync.clock import Clock
from sync.desk_grant import KEYS_MAX, DeskGrant, GrantCode
from sync.keys import Signer, terminal_subject
from sync.model.facts import DeskGranted, DeskKeyMade
from sync.model.plain import FactDoesNotFit
from sync.reading import Keys, fact_of
from sync.record import RecordRefused
from sync.sealing import KeyOpener, NotAReader

HOUR_MS = 3600 * 1000
SENT_BYTES_MAX = 1600
"""Of a grant in a record, whose header has at most 2,048: some thirty keys."""
_ACTOR = "system"
BACKDATED_MS = 24 * HOUR_MS
"""A village's clock may be behind the county's."""


class NoDeskKey(Exception):
    """The terminal has told no desk key that the county can open; the message says why."""


class GrantTooLarge(Exception):
    """The grant holds more keys than a record can carry; the message says what to do."""


class Wanted(Struct, frozen=True):
    """Whom to let in, and where.

    Attributes:
        county: 6-digit code.
        region: 12-digit code of the point.
        terminal: 2-digit number there.
        agent: id, as in keys/agents.json of the terminal.
        hours: how long the grant counts.
    """

    county: str
    region: str
    terminal: str
    agent: str
    hours: int


def grant_desk(
    wanted: Wanted, database: Database, signer: Signer, statement: bytes, clock: Clock
) -> tuple[bytes, GrantCode]:
    """Return the file of a grant and its code. Raises NoDeskKey.

    `signer` holds the county's chain key for the terminal, `statement` is the root's for it.
    """
    with database.reading() as connection:
        ledger = Ledger(connection)
        keys = database.keyring.among(ledger.record_at)
        told = ledger.desk_keys_told(wanted.region, wanted.terminal)
        openers = [opener for each in told if (opener := _told_key(each, keys)) is not None]
    if not told:
        raise NoDeskKey("这台终端还没有报送过阅读密钥 / the terminal has told no desk key yet")
    if len(openers) < len(told):
        raise NoDeskKey("有的阅读密钥县里打不开 / the county cannot open every key that the terminal told")
    now_ms = clock.wall_ms()
    grant = DeskGrant(
        terminal=terminal_subject(wanted.county, wanted.region, wanted.terminal),
        agent=wanted.agent,
        public_key=openers[0].recipient.public_key,
        not_before_ms=now_ms - BACKDATED_MS,
        not_after_ms=now_ms + wanted.hours * HOUR_MS,
    )
    code = GrantCode.fresh()
    return grant.seal(openers[:KEYS_MAX], code, signer, statement), code


def send_grant(wanted: Wanted, file: bytes, database: Database, pen: Pen) -> None:
    """Write a grant onto the county's chain to the terminal, which gets it with its inbox; its code never.

    Raises GrantTooLarge, PointNotGranted.
    """
    if len(file) > SENT_BYTES_MAX:
        raise GrantTooLarge("历次密钥太多，请用 --out 写成文件 / too many keys for a record; use --out")
    with pen.answer_keys.whole(), database.writing() as connection:
        pen.write(Ledger(connection), wanted.region, wanted.terminal, DeskGranted(grant=file), _ACTOR)


def _told_key(told: StoredRecord, keys: Keys) -> KeyOpener | None:
    """The key that a record tells; None when it cannot be read, or its two halves do not belong together."""
    try:
        fact = fact_of(told.record, keys)
        if not isinstance(fact, DeskKeyMade):
            return None
        opener = KeyOpener(X25519PrivateKey.from_private_bytes(fact.private_key))
    except (RecordRefused, FactDoesNotFit, NotAReader, ValueError):
        return None
    return opener if opener.recipient.public_key == fact.public_key else None
