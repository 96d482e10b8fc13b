"""Content keys of the county's own chains: new every day and at every start, told to the county and to who may read.

What is about a case whose receipt opens something has a key of its own: told to the paper too, it must open nothing but
that case.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct

from county.store.ledger import Ledger
from sync.keys import Signer
from sync.model.facts import ActorClass, Author
from sync.model.moment import local_date
from sync.record import Link, Stamp, compose
from sync.sealing import ContentKey, DayKey, Recipient

KEY_ACTOR = "system"


class _Told(Struct, frozen=True):
    held: DayKey
    to: tuple[Recipient, ...]


class AnswerKeys:
    """Gives each chain its keys, and tells one first when it is new.

    `readers` are the county's opening key and its escrow key. Used inside `whole` only.
    """

    def __init__(self, readers: Sequence[Recipient]) -> None:
        self._readers = tuple(readers)
        self._told: dict[tuple[bytes, bytes], _Told] = {}
        self._one_at_a_time = threading.Lock()

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Around a transaction: one that fails drops the keys. Its seqs are written again, and a seq is the nonce."""
        with self._one_at_a_time:
            try:
                yield
            except BaseException:
                self._told.clear()
                raise

    def at(
        self, ledger: Ledger, head: Link, stamp: Stamp, signer: Signer, desk: Recipient | None, paper: Recipient | None
    ) -> tuple[ContentKey, Link]:
        """Return the key that seals the next body, and where the chain stands once the key is told.

        `desk` and `paper` are who may read it beside the county, None when they may not.
        """
        today = local_date(stamp.wall_ms)
        to = tuple(each for each in (desk, paper) if each is not None)
        use = (head.chain, paper.id if paper is not None else b"")
        told = self._told.get(use)
        if told is not None and told.held.day == today and told.to == to:
            return told.held.key, head
        key = ContentKey.fresh(head.chain, head.seq + 1)
        record = compose(
            key.told_to((*self._readers, *to)),
            after=head,
            stamp=stamp,
            signer=signer,
            actor=KEY_ACTOR,
            actor_class=ActorClass.COUNTY,
        )
        ledger.append(record, Author.COUNTY, None, stamp.wall_ms, None)
        self._told[use] = _Told(DayKey(key, today), to)
        return key, record.link
