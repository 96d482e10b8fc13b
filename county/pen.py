"""Writes what the county has to say about records and keys, outside of every case, on its chain for one terminal."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from county.answer_keys import AnswerKeys
from county.desk import ChainKeys
from county.store.ledger import Ledger
from sync.clock import Clock
from sync.model.facts import ActorClass, Author, Fact
from sync.record import ClockNote, Record, Stamp, chain_id, compose, has_body
from sync.sealing import ContentKey, Recipient


class Pen:
    """Signs facts without a case.

    Args:
        keys: of the county's chains.
        readers: the county's opening key and its escrow key.
        clock: of this program.
    """

    def __init__(self, keys: ChainKeys, readers: Sequence[Recipient], clock: Clock) -> None:
        self._keys = keys
        self._answer_keys = AnswerKeys(readers)
        self._clock = clock

    def whole(self) -> AbstractContextManager[None]:
        """Around the transaction in which `write` is called, outside of it: see `AnswerKeys.whole`."""
        return self._answer_keys.whole()

    def write(self, ledger: Ledger, region: str, terminal: str, happened: Fact, actor: str) -> Record:
        """Append a fact to the chain for a terminal, in the ledger's transaction. Raises PointNotGranted."""
        signer = self._keys.signer(region, terminal)
        chain = ledger.enlist(chain_id(signer.public_key), signer.public_key, Author.COUNTY, region, terminal)
        note = ClockNote(0) if self._clock.real else ClockNote.STEERED
        stamp = Stamp(self._clock.wall_ms(), self._clock.boot_id, self._clock.boot_ms(), note)
        key: ContentKey | None = None
        head = chain.head
        if has_body(happened):
            key, head = self._answer_keys.at(ledger, head, stamp, signer, ledger.desk_key(region, terminal))
        record = compose(
            happened,
            after=head,
            stamp=stamp,
            signer=signer,
            actor=actor,
            actor_class=ActorClass.COUNTY,
            content_key=key,
        )
        ledger.append(record, Author.COUNTY, None, stamp.wall_ms, None)
        return record
