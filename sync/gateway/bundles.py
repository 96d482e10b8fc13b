"""Bundles from sticks: opened here, their segments handed in like those of a line, the answer sealed to who asks.

Whoever brings a bundle is only a carrier: a page at the township, another terminal. Its records are the work of the
chain's holder, whose key signed them, and are admitted as the holder's. A bundle is taken as a whole or not at all: all
of it is unsealed once before the first segment is handed in, so that half a bundle is known for what it is.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from cryptography import x509
from msgspec import Struct

from sync.bundle.ask import Ask, open_ask
from sync.bundle.closing import Closing
from sync.bundle.envelope import BundleMalformed, BundleTooLarge, Direction, open_stream, seal_stream
from sync.bundle.items import DOWN_BYTES_MAX, PIECE_BYTES, UP_BYTES_MAX, Item, ItemKind, read_items
from sync.bundle.report import CHAINS_MAX, ChainReport, Report, Taken
from sync.clock import Clock
from sync.gateway.admission import ChainDamaged, Decision, Verdict
from sync.gateway.checkpoints import CheckpointDesk
from sync.gateway.places import NoPlace, Places
from sync.gateway.sequencer import Sequencer
from sync.gateway.shelf import NoSuchPack, PublishedPacks
from sync.gateway.store import Chain, Store, StoreUnavailable, Submission
from sync.gateway.voice import Acknowledger
from sync.peer_name import PeerName, PeerRole
from sync.protocol.pack_offer import PackOffer, encode_offers
from sync.protocol.relay import Relay
from sync.protocol.segment import Segment, SegmentRefused, cut, decode_segment
from sync.record import Record
from sync.sealing import Opener

BUNDLES_AT_ONCE_MAX = 4
"""Each takes a thread and some MB on the disk."""
_OF_ONE_CARRIER = 2
_BATCH_SEGMENTS = 64
_RELAYS_BYTES_MAX = 16 * 1024 * 1024
_PAGE_BYTES = 256 * 1024
_READ_BYTES = 64 * 1024
_ENVELOPE_BYTES = 4 * 1024 * 1024
"""Room in a down-bundle for everything but relays and packs, and for what frames and tags add to those."""
_log = logging.getLogger(__name__)


class Answered(Struct, frozen=True):
    """What became of a bundle, and the answer to be carried back; None when nobody in it asked for one."""

    report: Report
    down: BinaryIO | None


class Reader(Struct, frozen=True):
    """Whom up-bundles are sealed to, and the root's statement that says so."""

    opener: Opener
    statement: bytes


class BundleDesk:
    """Takes up-bundles and makes down-bundles.

    Args:
        store: where records are.
        sequencer: appends them.
        checkpoints: says what of the county's tree is for a terminal.
        packs: what the county publishes.
        reader: opens bundles.
        acknowledger: signs, also the closing of a bundle.
        issuer: whose certificates name terminals.
        county: 6-digit code.
        clock: the county's.
        revocations: returns the root's newest list of what it has revoked, None before the first.
        spool: directory where a bundle lies, sealed as it came, while it is looked at.
    """

    def __init__(
        self,
        *,
        store: Store,
        sequencer: Sequencer,
        checkpoints: CheckpointDesk,
        packs: PublishedPacks,
        reader: Reader,
        acknowledger: Acknowledger,
        issuer: x509.Certificate,
        county: str,
        clock: Clock,
        spool: Path,
        revocations: Callable[[], bytes | None],
    ) -> None:
        self._store = store
        self._sequencer = sequencer
        self._checkpoints = checkpoints
        self._packs = packs
        self.reader = reader
        self._acknowledger = acknowledger
        self._issuer = issuer
        self._county = county
        self._clock = clock
        self._spool = spool
        self._revocations = revocations
        self._places = Places(BUNDLES_AT_ONCE_MAX, _OF_ONE_CARRIER, newest_first=False)

    def take(self, carrier: PeerName, read: Callable[[int], bytes]) -> Answered:
        """Read a bundle that somebody brings to its end, store what is in it, and make the answer.

        `read` returns fewer bytes than asked for only at the end. Raises BundleRefused and NotVouched when nothing
        of it was taken, StoreUnavailable, OSError when the line died or the spool has no room.
        """
        self._acknowledger.check()
        with self._place(carrier), tempfile.TemporaryFile(dir=self._spool) as spooled:
            left = UP_BYTES_MAX
            while piece := read(_READ_BYTES):
                left -= len(piece)
                if left < 0:
                    raise BundleTooLarge(f"a bundle of more than {UP_BYTES_MAX} bytes")
                spooled.write(piece)
            asking = self._looked_through(spooled)
            report = Report(asking[0].urn() if asking else None, self._admitted(spooled))
            return Answered(report, self._answer(*asking) if asking else None)

    @contextmanager
    def _place(self, carrier: PeerName) -> Iterator[None]:
        with ExitStack() as held:
            try:
                held.enter_context(self._places.taken(carrier))
            except NoPlace as cause:
                raise StoreUnavailable("as many sticks as can be read at once are being read") from cause
            yield

    def _items(self, spooled: BinaryIO) -> Iterator[Item]:
        spooled.seek(0)
        return read_items(open_stream(spooled.read, Direction.UP, self._county, self.reader.opener, UP_BYTES_MAX))

    def _looked_through(self, spooled: BinaryIO) -> tuple[PeerName, Ask] | None:
        """Read all of a bundle without using it, and return who asks for an answer. Raises BundleRefused.

        A terminal that is unknown or revoked gets none; its records are judged by themselves.
        """
        asking = None
        chains: set[bytes] = set()
        for number, item in enumerate(self._items(spooled)):
            if item.kind is ItemKind.ASK and number == 0:
                asking = open_ask(item.content, self._issuer)
            elif item.kind is ItemKind.SEGMENT:
                chains.add(_segment(item).after.chain)
            else:
                raise BundleMalformed(f"an item of kind {item.kind} where none may be")
        if len(chains) > CHAINS_MAX:
            raise BundleTooLarge(f"records of more than {CHAINS_MAX} chains")
        if asking is None:
            return None
        chain = self._store.terminal_chain(asking[0])
        is_known = chain is not None and not chain.standing.revoked and chain.standing.head.chain == asking[1].chain
        return asking if is_known and asking[0].county == self._county else None

    # --- up -------------------------------------------------------------------------------------------------------

    def _admitted(self, spooled: BinaryIO) -> tuple[ChainReport, ...]:
        chains: dict[bytes, _Carried] = {}
        waiting: list[_Waiting] = []
        for item in self._items(spooled):
            if item.kind is not ItemKind.SEGMENT:
                continue
            segment = _segment(item)
            name = segment.after.chain
            if name not in chains:
                chains[name] = _Carried(self._store.chain(name), name)
            records = chains[name].records(segment)
            if records is None:
                continue
            submission = Submission(records, chains[name].holder, item.content)
            waiting.append(_Waiting(chains[name], len(records), self._sequencer.hand_in(submission)))
            if len(waiting) >= _BATCH_SEGMENTS:
                self._settle(waiting)
        self._settle(waiting)
        return tuple(each.report() for each in chains.values())

    def _settle(self, waiting: list[_Waiting]) -> None:
        for each in waiting:
            try:
                (decision,) = self._sequencer.decisions([each.future])
            except ChainDamaged as damaged:
                # The other chains of the bundle are taken all the same.
                _log.error("DAMAGED: %s", damaged)
                each.carried.damaged(damaged)
            else:
                each.carried.decided(decision, each.records)
        waiting.clear()

    # --- down -----------------------------------------------------------------------------------------------------

    def _answer(self, terminal: PeerName, ask: Ask) -> BinaryIO:
        """Return the down-bundle, to be read from its beginning."""
        items = self._closed(self._news(terminal, ask), terminal, ask)
        made = tempfile.TemporaryFile(dir=self._spool)  # noqa: SIM115 - whoever sends it closes it
        try:
            for piece in seal_stream(Direction.DOWN, self._county, ask.answer_to, items):
                made.write(piece)
            made.seek(0)
        except BaseException:
            made.close()
            raise
        return made

    def _news(self, terminal: PeerName, ask: Ask) -> Iterator[Item]:
        revocations = self._revocations()
        if revocations is not None:
            yield Item(ItemKind.REVOCATIONS, revocations)
        chain = self._store.confirmed(ask.chain)
        if chain is not None:
            yield Item(ItemKind.ACKNOWLEDGEMENT, self._acknowledger.answer(chain.standing.head))
        yield Item(ItemKind.STICK_KEY, self.reader.statement)
        yield Item(ItemKind.CHECKPOINT, self._checkpoints.answer(ask.chain, ask.checkpoint_size, ask.epoch or None))
        yield from self._relays(terminal, ask.inbox_seq)
        yield from self._new_packs(ask.packs)

    def _relays(self, terminal: PeerName, after: int) -> Iterator[Item]:
        county = self._store.county_chain(terminal)
        left = _RELAYS_BYTES_MAX
        while county is not None and left > 0:
            records = self._store.records_after(county.standing.head.chain, after, _PAGE_BYTES)
            for segment in cut(records):
                relay = Relay(segment.last_seq, county.statement, segment.encode()).encode()
                yield Item(ItemKind.RELAY, relay)
                left -= len(relay)
                after = segment.last_seq
            if not records:
                return

    def _new_packs(self, held: Sequence[PackOffer]) -> Iterator[Item]:
        """Packs that the terminal has not fetched, the small ones first, as many as there is room for."""
        left = DOWN_BYTES_MAX - _RELAYS_BYTES_MAX - _ENVELOPE_BYTES
        wanted: list[tuple[PackOffer, bytes]] = []
        for offer in sorted(set(self._packs.offers()) - set(held), key=lambda each: each.size_bytes):
            left -= offer.size_bytes
            if left < 0:
                break
            try:
                wanted.append((offer, self._packs.content(offer.name)))
            except NoSuchPack:
                continue
        if not wanted:
            return
        yield Item(ItemKind.PACK_OFFERS, encode_offers(offer for offer, _ in wanted))
        for _, content in wanted:
            for begin in range(0, len(content), PIECE_BYTES):
                yield Item(ItemKind.PACK_PIECE, content[begin : begin + PIECE_BYTES])

    def _closed(self, items: Iterable[Item], terminal: PeerName, ask: Ask) -> Iterator[bytes]:
        """Yield the frames of the items, and of the word that closes them."""
        digest = hashlib.sha256()
        for item in items:
            frame = item.encode()
            digest.update(frame)
            yield frame
        closing = Closing(terminal.urn(), digest.digest(), self._clock.wall_ms(), ask.checkpoint_size, ask.epoch)
        lent = self._acknowledger.lent.at(closing.at_ms)
        signed = closing.sign(lent.signer, lent.statement)
        yield Item(ItemKind.CLOSING, signed).encode()


class _Waiting(Struct, frozen=True):
    """A segment of so many records that was handed in."""

    carried: _Carried
    records: int
    future: Future[Decision]


class _Carried:
    """What a bundle carries of one chain, as far as it was read."""

    def __init__(self, chain: Chain | None, chain_id: bytes) -> None:
        self._chain = chain
        self._id = chain_id
        self._fresh = 0
        self._known = 0
        self._head_seq = chain.standing.head.seq if chain else 0
        self._taken, self._reason = Taken.ALL, ""
        if chain is None or chain.standing.holder.role is not PeerRole.TERMINAL:
            # The county's own chains never come this way: they begin in the inner network.
            self._chain, self._taken = None, Taken.UNKNOWN
            self._reason = "no terminal with this chain is enrolled here"

    @property
    def holder(self) -> PeerName:
        """Whose records they are, whoever carries them."""
        if self._chain is None:
            raise LookupError("a chain that is not known has no holder")
        return self._chain.standing.holder

    def records(self, segment: Segment) -> tuple[Record, ...] | None:
        """Verify one segment; None when it is not to be handed in."""
        if self._chain is None or self._taken not in (Taken.ALL, Taken.REVOKED):
            return None
        try:
            return segment.open(self._chain.public_key)
        except SegmentRefused as refusal:
            self._taken, self._reason = Taken.MALFORMED, str(refusal)
            return None

    def decided(self, decision: Decision, records: int) -> None:
        """Take note of what became of a segment of so many records; behind a fault of the chain none is handed in.

        What comes late, for a chain that the county has closed, is no fault: all of it is to be put by.
        """
        self._fresh += len(decision.fresh)
        if decision.head is not None:
            self._head_seq = decision.head.seq
        match decision.verdict:
            case Verdict.REPLAYED:
                self._known += records
            case Verdict.ACCEPTED:
                self._known += records - len(decision.fresh)
            case Verdict.GAP:
                self._fault(Taken.GAP, f"records are missing: the chain is stored to {self._head_seq}")
            case Verdict.FORK:
                self._fault(Taken.FORK, f"record {decision.forked_seq} is stored with another content")
            case Verdict.LATE:
                self._fault(Taken.REVOKED, "the county has ended this terminal; what came late is kept apart")
            case Verdict.REFUSED:
                self._fault(Taken.UNKNOWN, str(decision.refusal))

    def damaged(self, damaged: ChainDamaged) -> None:
        """The gateway has lost records of this chain, and takes no more before somebody has looked into it."""
        self._fault(Taken.GAP, str(damaged))

    def _fault(self, taken: Taken, reason: str) -> None:
        # The first one says what happened; segments behind it were handed in before it was known.
        if self._taken is Taken.ALL:
            self._taken, self._reason = taken, reason

    def report(self) -> ChainReport:
        """Say what became of it."""
        name = self._chain.about.urn() if self._chain else ""
        return ChainReport(name, self._id, self._fresh, self._known, self._head_seq, self._taken, self._reason)


def _segment(item: Item) -> Segment:
    try:
        return decode_segment(item.content)
    except SegmentRefused as refusal:
        raise BundleMalformed(str(refusal)) from refusal
