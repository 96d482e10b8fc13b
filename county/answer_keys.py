"""Content keys of the county's own chains: new every day and at every start, told to the county and to one desk."""

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
    desk: Recipient | None


class AnswerKeys:
    """Gives each chain its key, and tells it first when it is new.

    `readers` are the county's opening key and its escrow key. Used inside `whole` only.
    """

    def __init__(self, readers: Sequence[Recipient]) -> None:
        self._readers = tuple(readers)
        self._told: dict[bytes, _Told] = {}
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
        self, ledger: Ledger, head: Link, stamp: Stamp, signer: Signer, desk: Recipient | None
    ) -> tuple[ContentKey, Link]:
        """Return the key that seals the next body for a desk, and where the chain stands once the key is told.

        None for what concerns no desk: then the county alone can read it.
        """
        today = local_date(stamp.wall_ms)
        told = self._told.get(head.chain)
        if told is not None and told.held.day == today and told.desk == desk:
            return told.held.key, head
        key = ContentKey.fresh(head.chain, head.seq + 1)
        record = compose(
            key.told_to((*self._readers, *(() if desk is None else (desk,)))),
            after=head,
            stamp=stamp,
            signer=signer,
            actor=KEY_ACTOR,
            actor_class=ActorClass.COUNTY,
        )
        ledger.append(record, Author.COUNTY, None, stamp.wall_ms, None)
        self._told[head.chain] = _Told(DayKey(key, today), desk)
        return key, record.link
