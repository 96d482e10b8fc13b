"""The USB road at the terminal: the queue onto a stick, and the county's answers from one.

What is on a stick has been carried, not received: it leaves the queue only with the county's signature, which comes
back on a stick or by the line. Answers are taken in by `sync.client.arrivals`, the same as from a line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from sync.bundle.ask import Ask
from sync.bundle.closing import Closing, open_closing
from sync.bundle.envelope import BundleDamaged, BundleRefused, Direction, open_stream, seal_stream
from sync.bundle.items import DOWN_BYTES_MAX, UP_BYTES_MAX, Item, ItemKind, read_items
from sync.bundle.stick import StickFailed, bundles, copy_from, write_file
from sync.client.arrivals import Arrivals, not_believed
from sync.client.line import LineFailed
from sync.client.pack_gathering import PackGathering
from sync.client.queue import named, sound_from
from sync.clock import Clock
from sync.durable import replace_file
from sync.journal.reader import JournalReader
from sync.key_files import KeyFileRefused
from sync.keys import FileSigner, Purpose, StatementRefused
from sync.protocol.checkpoint import CheckpointRefused, signed_checkpoint
from sync.protocol.segment import cut
from sync.protocol.uploader import records_between
from sync.record import Link
from sync.sealing import KeyOpener, NotAReader, Recipient
from sync.terminal import TerminalConfig
from sync.transport.line_state import LineFault

ENVELOPE_BYTES = 1024 * 1024
"""Room in a bundle for what frames, chunks and the ask add to the segments."""
_COPY_NAME = "stick-copy.tmp"


class NoStickKey(Exception):
    """The root has not told this terminal yet whom bundles are sealed to; a moment on the line is needed once."""


class NothingForUs(Exception):
    """No bundle on this stick is for this terminal, or it has written nothing yet that could be carried."""


class Written(Struct, frozen=True):
    """What was written: records from `first_seq` to `last_seq`, none when `first_seq` is 0; `left` did not fit."""

    first_seq: int
    last_seq: int
    left: int


class Brought(Struct, frozen=True):
    """What was new in the bundles that were read, and what of it was not good, the first thing only."""

    bundles: int
    news: int
    packs: int
    fault: LineFailed | None


class StickRoad:
    """Carries between the queue and sticks.

    Args:
        data: the terminal's data directory.
        config: names its files.
        arrivals: judges and keeps what comes.
        clock: dates bundles.
    """

    def __init__(self, data: Path, config: TerminalConfig, arrivals: Arrivals, clock: Clock) -> None:
        self._data = data
        self._config = config
        self._arrivals = arrivals
        self._clock = clock
        self._name = f"{config.region}-{config.terminal_number}"

    # --- up ---------------------------------------------------------------------------------------------------------

    def export(self, stick: Path, bytes_max: int = UP_BYTES_MAX) -> Written:
        """Write what the county is not known to hold, in the place of an older bundle of this terminal.

        Raises NoStickKey, NothingForUs, StickFailed, KeyFileRefused, OSError; LineFailed when the journal cannot be
        read.
        """
        gateway = self._gateway_key()
        journal = self._arrivals.queue.journal()
        if journal is None:
            raise NothingForUs("this terminal has written no records yet")
        certificates = (self._data / self._config.tls_certificate).read_bytes()
        tls_key = FileSigner.load(self._data / self._config.tls_key)
        with named():
            head = journal.head()
        counted = _Counted(min(self._arrivals.queue.uploader(journal).stored.seq, head.seq))

        def items() -> Iterator[bytes]:
            yield Item(ItemKind.ASK, self._ask(journal, head).sign(tls_key, certificates)).encode()
            left = bytes_max - ENVELOPE_BYTES
            for segment in cut(records_between(counted.last_seq, head.seq, sound_from(journal, counted.last_seq))):
                frame = Item(ItemKind.SEGMENT, segment.encode()).encode()
                left -= len(frame)
                if left < 0:
                    return
                yield frame
                counted.take(segment.last_seq)

        with named():
            write_file(
                stick, f"sunpoint-up-{self._name}.sun",
                seal_stream(Direction.UP, self._config.county, gateway, items()),
            )  # fmt: skip
        return Written(counted.first_seq, counted.last_seq if counted.first_seq else 0, head.seq - counted.last_seq)

    def _ask(self, journal: JournalReader, head: Link) -> Ask:
        transport = self._arrivals.transport
        checkpoint, inbox = transport.checkpoint(), transport.inbox_link()
        return Ask(
            chain=journal.chain,
            head_seq=head.seq,
            checkpoint_size=checkpoint.size if checkpoint else 0,
            epoch=checkpoint.epoch if checkpoint else 0,
            inbox_seq=inbox.seq if inbox else 0,
            answer_to=self._own_key().recipient,
            packs=transport.packs(),
            wall_ms=self._clock.wall_ms(),
        )

    def _gateway_key(self) -> Recipient:
        try:
            statement = (self._data / self._config.stick_statement).read_bytes()
            return Recipient(self._arrivals.trust.check(statement, Purpose.STICK, at_ms=None).key)
        except (OSError, StatementRefused, NotAReader) as cause:
            raise NoStickKey(f"nobody has told this terminal whom to seal bundles to: {cause}") from cause

    def _own_key(self) -> KeyOpener:
        path = self._data / self._config.stick_key
        return KeyOpener.load(path) if path.exists() else KeyOpener.create(path)

    def keep_gateway_key(self, statement: bytes) -> None:
        """Seal to this key from now on, if the root vouches for it. Raises LineFailed."""
        try:
            Recipient(self._arrivals.trust.check(statement, Purpose.STICK, at_ms=None).key)
        except (StatementRefused, NotAReader) as cause:
            raise LineFailed(not_believed(cause), f"the key for sticks: {cause}") from cause
        path = self._data / self._config.stick_statement
        try:
            if not path.exists() or path.read_bytes() != statement:
                replace_file(path, statement, mode=0o644)
        except OSError as cause:
            raise LineFailed(LineFault.DISK_REFUSED, f"the key for sticks cannot be kept: {cause.strerror}") from cause

    # --- down -------------------------------------------------------------------------------------------------------

    def take(self, stick: Path) -> Brought:
        """Take in every bundle on a stick that is for this terminal.

        What one of them brings that does not fit keeps the others from nothing. Raises NothingForUs, StickFailed,
        BundleRefused when none could be opened, KeyFileRefused, TransportRefused, OSError.
        """
        opener = self._own_key()
        mine = [
            path
            for path, preface in bundles(stick)
            if preface.direction is Direction.DOWN and preface.recipient == opener.recipient.id
        ]
        if not mine:
            raise NothingForUs("no bundle on this stick is for this terminal")
        copy = self._data / _COPY_NAME
        brought: list[Brought] = []
        refusal: BundleRefused | None = None
        try:
            for path in mine:
                copy_from(path, copy, DOWN_BYTES_MAX)
                try:
                    brought.append(self._take(copy, opener))
                except BundleRefused as cause:
                    refusal = refusal or cause
        finally:
            copy.unlink(missing_ok=True)
        if not brought:
            raise refusal or BundleDamaged("no bundle could be opened")
        return Brought(
            len(brought),
            sum(each.news for each in brought),
            sum(each.packs for each in brought),
            next((each.fault for each in brought if each.fault is not None), None),
        )

    def _take(self, copy: Path, opener: KeyOpener) -> Brought:
        closing = self._looked_through(copy, opener)
        news = 0
        first: LineFailed | None = None
        packs = PackGathering(self._arrivals)
        failed: set[ItemKind] = set()
        for item in self._items(copy, opener):
            if item.kind in failed:
                # What follows on something that did not fit cannot fit.
                continue
            try:
                news += self._take_in(item, closing, packs)
            except LineFailed as failure:
                first = first or failure
                failed.add(item.kind)
        return Brought(1, news, packs.count, first)

    def _looked_through(self, copy: Path, opener: KeyOpener) -> Closing:
        """Read a bundle to its end without using it, and return its closing word. Raises BundleRefused."""
        digest = hashlib.sha256()
        closing: Closing | None = None
        for item in self._items(copy, opener):
            if closing is not None:
                raise BundleDamaged("something stands behind the closing word")
            if item.kind is ItemKind.CLOSING:
                arrivals = self._arrivals
                closing = open_closing(item.content, arrivals.trust, arrivals.subject, digest.digest())
            digest.update(item.encode())
        if closing is None:
            raise BundleDamaged("the bundle is not closed")
        return closing

    def _items(self, copy: Path, opener: KeyOpener) -> Iterator[Item]:
        with copy.open("rb") as file:
            yield from read_items(open_stream(file.read, Direction.DOWN, self._config.county, opener, DOWN_BYTES_MAX))

    def _take_in(self, item: Item, closing: Closing, packs: PackGathering) -> int:
        """Take in one item and return how many records of the county were new. Raises LineFailed."""
        match item.kind:
            case ItemKind.REVOCATIONS:
                self._arrivals.revoked(item.content)
                self._arrivals.doubt_revoked()
            case ItemKind.ACKNOWLEDGEMENT:
                self._acknowledgement(item.content)
            case ItemKind.CHECKPOINT:
                self._checkpoint(item.content, closing)
            case ItemKind.RELAY:
                return self._arrivals.relay(item.content)
            case ItemKind.STICK_KEY:
                self.keep_gateway_key(item.content)
            case ItemKind.PACK_OFFERS:
                packs.offered(item.content)
            case ItemKind.PACK_PIECE:
                packs.piece(item.content)
            case _:
                return 0
        return 0

    def _acknowledgement(self, answer: bytes) -> None:
        """Take in an acknowledgement that is newer than the one that is held; on this road old ones come late."""
        journal = self._arrivals.queue.journal()
        if journal is None:
            return
        held = self._arrivals.transport.acknowledgement(journal.chain)
        if held is None or self._arrivals.verified(answer).at_ms > held.at_ms:
            self._arrivals.acknowledgement(answer, journal)

    def _checkpoint(self, answer: bytes, closing: Closing) -> None:
        """Take in a checkpoint that is proven to go on from the one that is held.

        Where the line has brought another one meanwhile, this one proves nothing about it, and nothing is wrong.
        """
        journal = self._arrivals.queue.journal()
        held = self._arrivals.transport.checkpoint()
        base = (held.size, held.epoch) if held else (0, 0)
        if journal is None or (closing.checkpoint_from, closing.epoch) != base:
            return
        try:
            said = signed_checkpoint(answer, self._arrivals.trust)
        except CheckpointRefused as cause:
            raise LineFailed(not_believed(cause), str(cause)) from cause
        is_late = held is not None and said.epoch <= held.epoch and said.at_ms <= held.at_ms
        if not is_late:
            self._arrivals.checkpoint(answer, journal, held)


class _Counted:
    """Which records went into a bundle."""

    def __init__(self, after: int) -> None:
        self._after = after
        self.last_seq = after

    @property
    def first_seq(self) -> int:
        """The first of them, 0 when there is none."""
        return self._after + 1 if self.last_seq > self._after else 0

    def take(self, last_seq: int) -> None:
        """Count a segment that ends there."""
        self.last_seq = last_seq


STICK_FAULTS = (StickFailed, BundleRefused, NoStickKey, NothingForUs, LineFailed, KeyFileRefused, OSError)
"""All that `export` and `take` raise beside what is wrong with transport.db."""
