"""Sends the county's own chains to the gateway. The queue is the tail of each chain: there is nothing else to keep.

Sending twice does no harm, so whatever fails is simply sent again. What counts as sent is what the gateway has
confirmed under its signature, with the hash that the county has itself.
"""

from __future__ import annotations

from typing import Protocol

from county.gateway_line import NotTaken, PushAnswer
from county.store.database import Database
from county.store.ledger import KnownChain, Ledger
from sync.keys import Trust
from sync.model.facts import Author
from sync.protocol.acknowledgement import Acknowledgement, AnswerRefused, verify_answer
from sync.protocol.segment import Segment, cut

RECORDS_PER_PUSH = 200
_TRIES = 3
_FORKED = "网关上有另一个版本的县里答复"


class PushRefused(Exception):
    """The gateway's answer is not to be believed, or does not fit the chain; the message says why, in Chinese."""


class PushLine(Protocol):
    """Hands in segments."""

    def push(self, segments: list[Segment]) -> PushAnswer:
        """Return what the gateway said. Raises GatewayAway, NotTaken."""


class Outbox:
    """Sends what the gateway has not confirmed yet."""

    def __init__(self, database: Database, line: PushLine, trust: Trust) -> None:
        self._database = database
        self._line = line
        self._trust = trust

    def send(self) -> int:
        """Send what waits on every chain and return how many records were confirmed.

        Raises:
            GatewayAway: the line failed; what was confirmed before is kept.
            PushRefused: a chain was not taken. The other chains were sent all the same.
        """
        confirmed = 0
        refused: list[PushRefused] = []
        with self._database.reading() as connection:
            waiting = [chain for chain in Ledger(connection).chains(Author.COUNTY) if chain.waiting]
        for chain in waiting:
            if chain.stopped_for is None:
                try:
                    confirmed += self._send_chain(chain)
                except PushRefused as refusal:
                    refused.append(refusal)
                except NotTaken as refusal:
                    # A gateway that was put back may not know this point; the answers to all others go on.
                    refused.append(PushRefused(str(refusal)))
        if refused:
            raise refused[0]
        return confirmed

    def _send_chain(self, chain: KnownChain) -> int:
        after = chain.stored_seq
        for _ in range(_TRIES):
            answer = self._line.push(self._segments(chain, after))
            stored = self._check(chain, answer)
            if answer.taken:
                with self._database.writing() as connection:
                    Ledger(connection).mark_stored(chain.chain, stored.link.seq)
                return max(stored.link.seq - chain.stored_seq, 0)
            # The gateway has less than was confirmed once: it came back from a backup, so it gets the rest again.
            after = stored.link.seq
        raise PushRefused("网关一直说答复接不上")

    def _segments(self, chain: KnownChain, after: int) -> list[Segment]:
        with self._database.reading() as connection:
            records = Ledger(connection).of_chain(chain.chain, after, RECORDS_PER_PUSH)
        return list(cut(each.record for each in records))

    def _check(self, chain: KnownChain, answer: PushAnswer) -> Acknowledgement:
        """Return where the gateway says the chain stands. Raises PushRefused, after noting a fork."""
        try:
            said = verify_answer(answer.answer, self._trust)
        except AnswerRefused as refusal:
            raise PushRefused("网关的回执签名不对") from refusal
        link = said.link
        if link.chain != chain.chain:
            raise PushRefused("网关的回执说的是另一条链")
        with self._database.writing() as connection:
            ledger = Ledger(connection)
            forked = answer.forked or (link.seq > 0 and ledger.hash_at(chain.chain, link.seq) != link.hash)
            if forked:
                ledger.stop(chain.chain, _FORKED)
        if forked:
            raise PushRefused(_FORKED)
        return said
