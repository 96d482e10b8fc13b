"""A terminal takes the place of another: the county closes the old one's chain where it stands here.

The new terminal says so in its first record. It is believed by the root's statement in it and by nothing else: no
terminal, and no gateway, ends another's chain by its own word. What comes of the old chain later is a late tail.
"""

from __future__ import annotations

from itertools import pairwise

from county.store.ledger import KnownChain, Ledger, StoredRecord
from county.store.successions import SuccessionRow, Successions
from sync.keys import Trust
from sync.model.facts import Author, ChainBegun
from sync.model.plain import FactDoesNotFit, field_of
from sync.peer_name import PeerName, PeerRole
from sync.succession import NoSuccession, lineage_of


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
        before, _ = lineage_of(name, statement, trust)
    except (FactDoesNotFit, NoSuccession) as refusal:
        raise SuccessionDoubted(f"县里没有这样授权：{refusal}") from refusal
    successions, old = Successions(ledger.connection), before[-1]
    heir = successions.heir_of(old.region, old.terminal)
    if heir not in (None, known.terminal):
        raise SuccessionDoubted(f"{old.terminal} 号终端已经由 {heir} 号接替")
    closed = _chain_of(ledger, old)
    if closed is not None and closed.chain != predecessor:
        raise SuccessionDoubted(f"所说的旧链不是 {old.terminal} 号终端的")
    # Those before as well: the one between may have died before any word of it reached the county.
    for each, after in pairwise((*before, name)):
        if successions.heir_of(each.region, each.terminal) is None:
            _close(ledger, each, after.terminal, stored.received_ms, last_seq if each == old else 0)


def _chain_of(ledger: Ledger, name: PeerName) -> KnownChain | None:
    place = name.region, name.terminal
    return next((each for each in ledger.chains(Author.TERMINAL) if (each.region, each.terminal) == place), None)


def _close(ledger: Ledger, old: PeerName, heir: str, received_ms: int, last_seq: int) -> None:
    """Note that a terminal's place is another's, and close its chain unless it was stopped for something else."""
    known = _chain_of(ledger, old)
    running = known if known is not None and known.stopped_for is None else None
    ended = running.chain if running is not None else None
    Successions(ledger.connection).note(SuccessionRow(old.region, old.terminal, heir, received_ms, ended))
    if running is not None:
        missing = f"；网关说它有 {last_seq} 条，没有交齐" if last_seq > running.head.seq else ""
        ledger.stop(running.chain, f"停在第 {running.head.seq} 条，由 {heir} 号终端接替{missing}")
