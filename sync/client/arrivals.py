"""What has come from the county: judged and kept in one place, whichever road it came by.

A line and a stick bring the same bytes. Nothing counts because of the way it came, only because of who signed it and
where it fits; so the roads may be mixed, and what comes twice or late changes nothing.
"""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path

from sync.client.line import LineFailed
from sync.client.queue import Queue, named
from sync.clock import Clock
from sync.durable import sync_directory
from sync.journal.reader import JournalReader
from sync.keys import KeyRevoked, Purpose, Trust
from sync.protocol.acknowledgement import Acknowledgement, AnswerMalformed, AnswerNotTrusted, verify_answer
from sync.protocol.checkpoint import (
    Checkpoint,
    CheckpointAnswer,
    CheckpointForked,
    CheckpointMalformed,
    CheckpointNotTrusted,
    CheckpointOfAnotherEpoch,
    CheckpointRefused,
    CheckpointWentBack,
    HeadNotIncluded,
    signed_checkpoint,
    verify_checkpoint,
)
from sync.protocol.pack_offer import PackOffer
from sync.protocol.recovery import Begun
from sync.protocol.relay import (
    Relay,
    RelayMalformed,
    RelayNotTrusted,
    RelayOutOfOrder,
    check_next,
    open_relay,
)
from sync.protocol.revocations import RevocationsContradict, RevocationsOlder, RevocationsRefused
from sync.record import Link
from sync.revocation_file import RevocationFile
from sync.transport.line_state import LineFault, LogFork
from sync.transport.transport import Transport

LEAF_WITHIN_MS = 10_000
"""The head of a chain that has grown becomes a leaf within a second or two; after so long it should be one."""

_log = logging.getLogger(__name__)


class Arrivals:
    """Judges what arrives, and keeps what is good.

    Args:
        queue: what acknowledgements are about.
        transport: where everything is kept.
        trust: the county's root.
        subject: this terminal's name: no other point's chain is taken.
        incoming: the directory where packs are put down.
        clock: dates evidence.
        revocations: what the root has revoked; `trust` heeds it.
    """

    def __init__(
        self,
        queue: Queue,
        transport: Transport,
        trust: Trust,
        subject: str,
        incoming: Path,
        clock: Clock,
        revocations: RevocationFile,
    ) -> None:
        self.queue = queue
        self.transport = transport
        self.trust = trust
        self.subject = subject
        self.incoming = incoming
        self._clock = clock
        self.revocations = revocations

    def revoked(self, message: bytes) -> None:
        """Take in a list of revocations; an older one than is held changes nothing. Raises LineFailed."""
        try:
            if self.revocations.take(message):
                _log.warning("the county has revoked keys: list %d", self.revocations.held().number)
        except RevocationsOlder as cause:
            _log.warning("%s", cause)
        except RevocationsContradict as cause:
            raise LineFailed(LineFault.OUT_OF_ORDER, f"{cause}; both are kept as evidence") from cause
        except RevocationsRefused as cause:
            raise LineFailed(LineFault.NOT_SIGNED, str(cause)) from cause
        except OSError as cause:
            raise LineFailed(LineFault.DISK_REFUSED, f"the revocations cannot be kept: {cause.strerror}") from cause

    def doubt_revoked(self) -> None:
        """Take nothing for stored on the word of a key that is revoked by now: the county is asked again.

        Whether a thief or the county said it cannot be known here, and asking costs one question.
        Raises LineFailed, TransportRefused.
        """
        journal = self.queue.journal()
        answer = None if journal is None else self.transport.acknowledgement_answer(journal.chain)
        if answer is None or self.transport.doubted():
            return
        try:
            verify_answer(answer, self.trust)
        except AnswerNotTrusted as cause:
            if is_of_revoked(cause):
                _log.warning("what was acknowledged was signed by a key that is revoked: the county is asked again")
                self.transport.doubt()
        except AnswerMalformed as cause:
            _log.warning("the acknowledgement that is held cannot be read again: %s", cause)

    def acknowledgement(self, answer: bytes, journal: JournalReader) -> bool:
        """Take in the answer to an upload, or to a question for the head.

        Returns whether it says more than was known. Raises LineFailed, TransportRefused.
        """
        return self.queue.acknowledged(self.verified(answer), answer, journal)

    def verified(self, answer: bytes) -> Acknowledgement:
        """Return the acknowledgement of an answer that is under the county's signature. Raises LineFailed."""
        try:
            return verify_answer(answer, self.trust)
        except AnswerMalformed as cause:
            raise LineFailed(LineFault.GARBLED, str(cause)) from cause
        except AnswerNotTrusted as cause:
            raise LineFailed(not_believed(cause), str(cause)) from cause

    def checkpoint(self, answer: bytes, journal: JournalReader, held: Checkpoint | None) -> None:
        """Take in a checkpoint that was asked for while `held` was the newest.

        One that does not go on from it is kept as evidence beside it. One that begins a new epoch under the root's
        signature is taken, and the old one is kept as evidence. Raises LineFailed, TransportRefused.
        """
        said = self._judged(answer, journal.chain, held)
        if said.head is not None:
            _check_own(said.head, journal)
        if said.recovered is not None and held is not None:
            told = _recovered_sentence(said.recovered, held)
            evidence = LogFork(self._clock.wall_ms(), LineFault.LOG_WENT_BACK, told, answer)
            self.transport.keep_checkpoint(said.checkpoint, answer, evidence)
            _log.warning("%s", told)
        elif said.checkpoint != held:
            self.transport.keep_checkpoint(said.checkpoint, answer)
        if self._lacks_acknowledged(said, journal.chain):
            _log.warning("the county's log lacks what was acknowledged long before it was stated: it is asked again")
            self.transport.doubt()

    def _lacks_acknowledged(self, said: CheckpointAnswer, chain: bytes) -> bool:
        """Whether the log was stated long after an acknowledgement and does not hold what that acknowledged.

        A county put back to a day after the checkpoint that is held has a log that goes on from it: nothing else shows.
        """
        acknowledged = self.transport.acknowledgement(chain)
        if acknowledged is None or said.checkpoint.at_ms < acknowledged.at_ms + LEAF_WITHIN_MS:
            return False
        return acknowledged.link.seq > (said.head.seq if said.head is not None else 0)

    def _judged(self, answer: bytes, chain: bytes, held: Checkpoint | None) -> CheckpointAnswer:
        try:
            return verify_checkpoint(answer, self.trust, chain, held)
        except CheckpointMalformed as cause:
            raise LineFailed(LineFault.GARBLED, str(cause)) from cause
        except CheckpointNotTrusted as cause:
            raise LineFailed(not_believed(cause), str(cause)) from cause
        except CheckpointWentBack as cause:
            raise self._evident(LineFault.LOG_WENT_BACK, answer, cause) from cause
        except (CheckpointForked, CheckpointOfAnotherEpoch, HeadNotIncluded) as cause:
            raise self._evident(LineFault.LOG_FORKED, answer, cause) from cause

    def _evident(self, fault: LineFault, answer: bytes, cause: Exception) -> LineFailed:
        """Keep what came beside what is held.

        What is held is believed no longer if its key was revoked since: then a thief may have begun that log.
        """
        fork = LogFork(self._clock.wall_ms(), fault, str(cause), answer)
        held = self.transport.checkpoint_answer()
        try:
            if held is not None:
                signed_checkpoint(held, self.trust)
        except CheckpointRefused as refusal:
            if is_of_revoked(refusal):
                self.transport.drop_checkpoint(fork)
                return LineFailed(
                    fault, f"{cause}; the one that was held is by a revoked key, both are kept as evidence"
                )
        self.transport.keep_log_fork(fork)
        return LineFailed(fault, f"{cause}; both are kept as evidence")

    def relay(self, content: bytes) -> int:
        """Take in one relay of the county's chain to this terminal, the content of its frame.

        What is here already is passed over, once it is seen to be the same. Returns how many records were new.
        Raises LineFailed, TransportRefused.
        """
        link = self.transport.inbox_link()
        try:
            relay = Relay.decode(content)
            _, records = open_relay(relay, self.trust, Purpose.COUNTY_CHAIN, self.subject)
            for record in records:
                if link is not None and record.header.seq == link.seq and record.link != link:
                    raise RelayOutOfOrder(f"record {link.seq} of the county's chain is another one here")
            fresh = tuple(each for each in records if link is None or each.header.seq > link.seq)
            if not fresh:
                return 0
            check_next(fresh, link)
        except RelayMalformed as cause:
            raise LineFailed(LineFault.GARBLED, str(cause)) from cause
        except RelayNotTrusted as cause:
            raise LineFailed(not_believed(cause), str(cause)) from cause
        except RelayOutOfOrder as cause:
            raise LineFailed(LineFault.OUT_OF_ORDER, f"the county's records do not follow: {cause}") from cause
        self.transport.keep_records(fresh)
        return len(fresh)

    def part(self, offer: PackOffer) -> Path:
        """Return the file that a pack is gathered in, made if it is not there; what is left of others is removed.

        The digest is in its name: what is left of another version is never taken for the beginning of this one.
        Raises OSError.
        """
        part = self.incoming / f"{offer.name}.{offer.digest.hex()[:16]}.part"
        self.incoming.mkdir(parents=True, exist_ok=True)
        for stale in self.incoming.glob(f"{offer.name}.*.part"):
            if stale != part:
                stale.unlink()
        part.touch(mode=0o600)
        return part

    def pack(self, offer: PackOffer, part: Path) -> None:
        """Put down a pack that was gathered whole, for the kiosk to judge. Raises LineFailed, OSError."""
        content = part.read_bytes()
        if len(content) != offer.size_bytes or hashlib.sha256(content).digest() != offer.digest:
            part.unlink()
            raise LineFailed(LineFault.GARBLED, f"pack {offer.name} is not what was offered")
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(self.incoming / f"{offer.name}.pack")
        sync_directory(self.incoming)
        self.transport.keep_pack(offer)


def is_of_revoked(cause: BaseException) -> bool:
    """Whether something is refused because the county has revoked the key that signed it."""
    return isinstance(cause, KeyRevoked) or isinstance(cause.__cause__, KeyRevoked)


def not_believed(cause: BaseException) -> LineFault:
    """Return what to call a message that the county's keys do not stand for."""
    return LineFault.REVOKED if is_of_revoked(cause) else LineFault.NOT_SIGNED


def _recovered_sentence(begun: Begun, held: Checkpoint) -> str:
    kept = min(begun.kept.size, held.size)
    return (
        f"the county's root has signed that its log was put back: epoch {begun.epoch} keeps {kept} of the "
        f"{held.size} entries seen here; the old checkpoint is kept as evidence"
    )


def _check_own(head: Link, journal: JournalReader) -> None:
    """Check that the head in the county's tree is a record that this terminal wrote. Raises LineFailed."""
    with named():
        record = journal.record(head.seq)
    if record is None:
        raise LineFailed(
            LineFault.COUNTY_AHEAD, f"the county's log has record {head.seq} of this chain, the journal does not"
        )
    if record.hash != head.hash:
        raise LineFailed(LineFault.FORKED, f"the county's log has another record {head.seq} of this chain")
