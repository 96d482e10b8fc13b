"""The first record of a terminal that takes the place of another: it names the chain that it goes on from."""

from __future__ import annotations

from pathlib import Path

from sync import succession
from sync.journal import Journal
from sync.model.facts import ActorClass, ChainBegun
from sync.succession import Succession


def begin_chain(journal: Journal, data: Path) -> bool:
    """Name the predecessor before anything else is written; False when there is none, or it has been named.

    Raises SuccessionMalformed, JournalRefused, OSError: what a terminal begins with cannot be said later, so it does
    not begin without it.
    """
    path = data / succession.FILE
    if journal.head().seq or not path.exists():
        return False
    told = Succession.decode(path.read_bytes())
    begun = ChainBegun(
        predecessor=told.last.chain, last_seq=told.last.seq, last_hash=told.last.hash, statement=told.statement
    )
    with journal.transaction() as writing:
        writing.append(begun, actor="system", actor_class=ActorClass.SYSTEM)
    return True
