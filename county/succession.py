"""A terminal takes the place of another: the county closes the old one's chain where it stands here.

The new terminal says so in its first record. It is believed by the root's statement in it and by nothing else: no
terminal, and no gateway, ends another's chain by its own word. What comes of the old chain later is a late tail.
"""

from __future__ import annotations

from county.store.ledger import KnownChain, Ledger, StoredRecord
from county.store.successions import SuccessionRow, Successions
from sync.certificates import PeerName, PeerRole
from sync.keys import Trust
from sync.model.facts import Author, ChainBegun
from sync.model.plain import FactDoesNotFit, field_of
from sync.succession import NoSuccession, replaced_by


class SuccessionDoubted(ValueError):
    """A terminal says that it takes the place of another, and that is not so; the message says why, in Chinese."""


def succeed(ledger: Ledger, stored: StoredRecord, known: KnownChain, trust: Trust) -> None:
    """Carry out what a record of kind CHAIN_BEGUN says. Raises SuccessionDoubted; nothing has changed then."""
    header = stored.record.header
    if known.author is not Author.TERMINAL or header.seq != 1:
        raise SuccessionDoubted("不是新终端的第一条记录")
    try:
        predecessor = field_of(ChainBegun, "predecessor", header.plain)
        last_seq = field_of(ChainBegun, "last_seq", header.plain)
        statement = field_of(ChainBegun, "statement", header.plain)
        name = PeerName(trust.county, PeerRole.TERMINAL, known.region, known.terminal)
        old, _ = replaced_by(name, statement, trust)
    except (FactDoesNotFit, NoSuccession) as refusal:
        raise SuccessionDoubted(f"县里没有这样授权：{refusal}") from refusal
    successions = Successions(ledger.connection)
    heir = successions.heir_of(old.region, old.terminal)
    if heir not in (None, known.terminal):
        raise SuccessionDoubted(f"{old.terminal} 号终端已经由 {heir} 号接替")
    chains = [each for each in ledger.chains(Author.TERMINAL) if each.region == old.region]
    closed = next((each for each in chains if each.terminal == old.terminal), None)
    if closed is not None and closed.chain != predecessor:
        raise SuccessionDoubted(f"所说的旧链不是 {old.terminal} 号终端的")
    running = closed if closed is not None and closed.stopped_for is None else None
    ended = running.chain if running is not None else None
    successions.note(SuccessionRow(old.region, old.terminal, known.terminal, stored.received_ms, ended))
    if running is not None:
        missing = f"；网关说它有 {last_seq} 条，没有交齐" if last_seq > running.head.seq else ""
        ledger.stop(running.chain, f"停在第 {running.head.seq} 条，由 {known.terminal} 号终端接替{missing}")
