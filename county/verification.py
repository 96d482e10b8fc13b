"""Looks over everything stored: every header, body and signature against its chain. What was changed is named."""

from __future__ import annotations

from collections.abc import Iterator

from county.store.database import Database
from county.store.ledger import KnownChain, Ledger
from sync.keys import SignatureWrong
from sync.record import Link, RecordRefused, chain_id, check_follows, check_signature


def verify(database: Database) -> Iterator[str]:
    """Yield a sentence for every chain that is not as it was signed; nothing when all is well.

    A chain is followed up to its first fault: what comes after hangs on it.
    """
    with database.reading() as connection:
        ledger = Ledger(connection)
        for chain in ledger.chains():
            fault = _fault(ledger, chain)
            if fault:
                yield f"chain {chain.chain.hex()} of {chain.region}-{chain.terminal or 'county'}: {fault}"


def _fault(ledger: Ledger, chain: KnownChain) -> str:
    if chain_id(chain.public_key) != chain.chain:
        return "its key is not the one that it is named by"
    link, covered = Link.start(chain.chain), 0
    for seq in range(1, chain.head.seq + 1):
        try:
            stored = next(iter(ledger.of_chain(chain.chain, seq - 1, 1)), None)
            if stored is None or stored.record.header.seq != seq:
                return f"record {seq} is missing or is another one"
            check_follows(stored.record, link)
            if stored.record.signature is not None:
                check_signature(stored.record, chain.public_key)
                covered = seq
        except (RecordRefused, SignatureWrong) as refusal:
            return f"record {seq}: {refusal}"
        link = stored.record.link
    if link != chain.head:
        return f"it ends with record {link.seq}, and its head says record {chain.head.seq} of another hash"
    return "" if covered == chain.head.seq else f"records {covered + 1} to {chain.head.seq} are under no signature"
