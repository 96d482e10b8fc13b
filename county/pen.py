"""What the county writes: signed with its chain for one terminal, sealed to who may read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from county.answer_keys import KEY_ACTOR, AnswerKeys
from county.store.ledger import Ledger
from sync.clock import Clock
from sync.keys import Signer
from sync.model.facts import ActorClass, Author, Fact
from sync.record import ClockNote, Record, Stamp, chain_id, compose, has_body
from sync.sealing import Recipient


class PointNotGranted(Exception):
    """The county holds no key for a chain to this point."""


class PointCannotRead(Exception):
    """The terminal has told no key yet to seal its answers to."""


class ChainKeys(Protocol):
    """The keys of the county's chains, one for each terminal."""

    def signer(self, region: str, terminal: str) -> Signer:
        """Return the key of the chain for a terminal: 12 digits and 2. Raises PointNotGranted."""


class Pen:
    """Writes records on the county's chains.

    Args:
        keys: of the county's chains.
        readers: the county's opening key and its escrow key; everything is sealed to them.
        clock: of this program.
    """

    def __init__(self, keys: ChainKeys, readers: Sequence[Recipient], clock: Clock) -> None:
        self._keys = keys
        self.answer_keys = AnswerKeys(readers)
        self._clock = clock

    def compose(
        self,
        ledger: Ledger,
        to: tuple[str, str],
        fact: Fact,
        *,
        actor: str = KEY_ACTOR,
        case_no: str | None = None,
        paper: Recipient | None = None,
        for_desk: bool = True,
    ) -> Record:
        """Return the next record of the chain for a terminal; `keep` it, or leave the transaction.

        To be called inside `answer_keys.whole` and a transaction.

        Args:
            ledger: of that transaction.
            to: region and number of the terminal.
            fact: what is to be written.
            actor: the clerk, or the program.
            case_no: the case that it is about.
            paper: who opens it with the receipt of the case.
            for_desk: whether the desk of that terminal may read it.

        Raises:
            PointNotGranted, PointCannotRead.
        """
        signer = self._keys.signer(*to)
        desk = ledger.desk_key(*to) if for_desk else None
        if for_desk and desk is None:
            raise PointCannotRead("-".join(to))
        chain = ledger.enlist(chain_id(signer.public_key), signer.public_key, Author.COUNTY, *to)
        stamp = self._stamp()
        key, head = None, chain.head
        if has_body(fact):
            key, head = self.answer_keys.at(ledger, head, stamp, signer, desk, paper)
        return compose(
            fact,
            after=head,
            stamp=stamp,
            signer=signer,
            actor=actor,
            actor_class=ActorClass.COUNTY,
            case_no=case_no,
            content_key=key,
        )

    def write(self, ledger: Ledger, region: str, terminal: str, happened: Fact, actor: str) -> Record:
        """Keep a fact about records or keys on the chain for a terminal; its desk reads it if it has told a key.

        To be called as `compose`. Raises PointNotGranted.
        """
        to = (region, terminal)
        record = self.compose(ledger, to, happened, actor=actor, for_desk=ledger.desk_key(*to) is not None)
        keep(ledger, record)
        return record

    def _stamp(self) -> Stamp:
        note = ClockNote(0) if self._clock.real else ClockNote.STEERED
        return Stamp(self._clock.wall_ms(), self._clock.boot_id, self._clock.boot_ms(), note)


def keep(ledger: Ledger, record: Record) -> None:
    """Keep a record of the county's own that `Pen.compose` has made."""
    header = record.header
    ledger.append(record, Author.COUNTY, header.case_no, header.wall_ms, None)
