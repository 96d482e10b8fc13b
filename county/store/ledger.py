"""The signed records of every chain that the county knows, inside one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from msgspec import Struct

from sync.model.facts import Author, DeskKeyMade, Envelope, Kind
from sync.model.plain import FactDoesNotFit, field_of
from sync.protocol.relay import Marked
from sync.record import NO_HASH, Link, Record, decode_header, envelope, restore
from sync.sealing import NotAReader, Recipient


class KnownChain(Struct, frozen=True):
    """A chain, whose it is, and how far it has come.

    Attributes:
        chain: 8-byte id.
        public_key: 32 bytes, as the county root vouched for it.
        author: the county for its own chains, a terminal otherwise.
        region: 12-digit code of the point that writes it, or that the county writes it to.
        terminal: 2-digit number at the point.
        head: where it stands here.
        stored_seq: for the county's own chains: up to where the gateway has confirmed them.
        stopped_for: why nothing more is taken from it, None while all is well.
    """

    chain: bytes
    public_key: bytes
    author: Author
    region: str
    terminal: str
    head: Link
    stored_seq: int = 0
    stopped_for: str | None = None

    @property
    def waiting(self) -> int:
        """How many records the gateway has not confirmed."""
        return self.head.seq - self.stored_seq


class StoredRecord(Struct, frozen=True):
    """A record as it is kept, whose it is, and when it came in (milliseconds since 1970 UTC)."""

    record: Record
    author: Author
    received_ms: int

    @property
    def envelope(self) -> Envelope:
        """What the fold reads of it."""
        return envelope(self.record, self.author)


class Alarm(Struct, frozen=True):
    """Something in the gateway's feed that is not to be believed: at which place, of which chain if that is known,
    when it came (milliseconds since 1970 UTC) and why (in Chinese, for the supervisor).
    """

    place: int
    chain: bytes | None
    at_ms: int
    reason: str


_ALARMS_SHOWN = 200
_SELECT = "SELECT header, body, signature, received_ms, author FROM records r JOIN chains c ON c.chain = r.chain"


class Ledger:
    """Chains and records, seen and written through one open transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @property
    def connection(self) -> sqlite3.Connection:
        """The open transaction, for what must be written together with the records."""
        return self._connection

    def enlist(self, chain: bytes, public_key: bytes, author: Author, region: str, terminal: str) -> KnownChain:
        """Take note of a chain before its first record; one that is known already is left as it is."""
        start = Link.start(chain)
        self._connection.execute(
            "INSERT INTO chains (chain, author, region, terminal, public_key, head_hash) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (chain) DO NOTHING",
            (chain, author.value, region, terminal, public_key, start.hash),
        )
        known = self.chain(chain)
        assert known is not None, "just inserted"  # noqa: S101 - states what the line above has made sure of
        return known

    def chain(self, chain: bytes) -> KnownChain | None:
        """Return what is known of a chain."""
        row = self._connection.execute("SELECT * FROM chains WHERE chain = ?", (chain,)).fetchone()
        return None if row is None else _known(row)

    def chains(self, author: Author | None = None) -> list[KnownChain]:
        """Return all chains, or those of one author, by point and terminal."""
        rows = self._connection.execute("SELECT * FROM chains ORDER BY region, terminal, chain").fetchall()
        return [_known(row) for row in rows if author is None or row["author"] == author.value]

    def was_given(self, number: str, region: str, terminal: str) -> bool:
        """Whether a terminal was given a case that another one took in."""
        return (
            self._connection.execute(
                "SELECT 1 FROM records r JOIN chains c ON c.chain = r.chain WHERE r.case_no = ? AND r.kind = ?"
                " AND c.author = ? AND c.region = ? AND c.terminal = ?",
                (number, Kind.CASE_GIVEN, Author.COUNTY.value, region, terminal),
            ).fetchone()
            is not None
        )

    def append(self, record: Record, author: Author, case_no: str | None, received_ms: int, place: int | None) -> None:
        """Keep a record that follows the head of its chain; the caller has verified that it does.

        Args:
            record: what came, with the signature that came with it, if any.
            author: whose chain it is.
            case_no: the case that it is folded into; None for none, also when it names one that it must not touch.
            received_ms: when it came, milliseconds since 1970 UTC.
            place: where it stood in the gateway's feed, None for the county's own until it has come back in the feed.
        """
        header = record.header
        self._connection.execute(
            "INSERT INTO records (chain, seq, place, received_ms, kind, case_no, wall_ms, header, body, signature)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                header.chain,
                header.seq,
                place,
                received_ms,
                header.kind,
                case_no,
                header.wall_ms,
                record.header_bytes,
                record.body,
                record.signature,
            ),
        )
        self._connection.execute(
            "UPDATE chains SET head_seq = ?, head_hash = ? WHERE chain = ? AND author = ?",
            (header.seq, record.hash, header.chain, author.value),
        )

    def record_at(self, chain: bytes, seq: int) -> Record | None:
        """Return a stored record, None when there is none."""
        found = self._one(chain, seq)
        return None if found is None else found.record

    def last_of_kind(self, chain: bytes, kind: Kind, before: int = 1 << 62) -> Record | None:
        """Return the newest record of a kind on a chain, in front of a seq; None when there is none."""
        found = self._read("r.chain = ? AND kind = ? AND seq < ? ORDER BY seq DESC LIMIT 1", (chain, kind, before))
        return found[0].record if found else None

    def desk_key(self, region: str, terminal: str) -> Recipient | None:
        """Return whom answers for a terminal are sealed to: the key it told last, None before it told a good one."""
        row = self._connection.execute(
            "SELECT header FROM records r JOIN chains c ON c.chain = r.chain"
            " WHERE r.kind = ? AND c.author = ? AND c.region = ? AND c.terminal = ?"
            " ORDER BY received_ms DESC, seq DESC LIMIT 1",
            (Kind.DESK_KEY_MADE, Author.TERMINAL.value, region, terminal),
        ).fetchone()
        if row is None:
            return None
        try:
            return Recipient(field_of(DeskKeyMade, "public_key", decode_header(row["header"]).plain))
        except (FactDoesNotFit, NotAReader):
            return None

    def desk_keys_told(self, region: str, terminal: str) -> list[StoredRecord]:
        """Return the records by which a terminal told its desk keys, the newest first."""
        return self._read(
            "r.kind = ? AND c.author = ? AND c.region = ? AND c.terminal = ? ORDER BY received_ms DESC, seq DESC",
            (Kind.DESK_KEY_MADE, Author.TERMINAL.value, region, terminal),
        )

    def hash_at(self, chain: bytes, seq: int) -> bytes | None:
        """Return the hash of a stored record, None when there is none."""
        found = self._one(chain, seq)
        return None if found is None else found.record.hash

    def of_case(self, number: str) -> list[StoredRecord]:
        """Return the records that are folded into a case, by chain and seq."""
        return self._read("case_no = ? ORDER BY r.chain, seq", (number,))

    def of_chain(self, chain: bytes, after: int, count: int) -> list[StoredRecord]:
        """Return at most `count` records of a chain after a seq, in order."""
        return self._read("r.chain = ? AND seq > ? ORDER BY seq LIMIT ?", (chain, after, count))

    def case_numbers(self) -> Iterator[str]:
        """Yield the number of every case that has records."""
        rows = self._connection.execute("SELECT DISTINCT case_no FROM records WHERE case_no IS NOT NULL").fetchall()
        yield from (row["case_no"] for row in rows)

    def file_under(self, chain: bytes, seq: int, number: str) -> None:
        """Keep a record with a case from now on that belonged to none."""
        self._connection.execute("UPDATE records SET case_no = ? WHERE chain = ? AND seq = ?", (number, chain, seq))

    def strays(self) -> list[StoredRecord]:
        """Return the records that belong to no case."""
        return self._read("case_no IS NULL ORDER BY r.chain, seq", ())

    def count(self, author: Author) -> int:
        """Return how many records of one author there are."""
        total = "SELECT coalesce(sum(head_seq), 0) FROM chains WHERE author = ?"
        return int(self._connection.execute(total, (author.value,)).fetchone()[0])

    def mark_stored(self, chain: bytes, seq: int) -> None:
        """The gateway has confirmed a chain of the county up to `seq`; it never goes back."""
        self._connection.execute("UPDATE chains SET stored_seq = max(stored_seq, ?) WHERE chain = ?", (seq, chain))

    def note_returned(self, first: Link, last_seq: int, place: int) -> None:
        """The county's own records from `first` to `last_seq` have come back at a place of the feed."""
        self._connection.execute(
            "UPDATE records SET place = ? WHERE chain = ? AND seq BETWEEN ? AND ?",
            (place, first.chain, first.seq, last_seq),
        )

    def doubt_unreturned(self) -> int:
        """Take nothing for stored of the county's own that a feed read to its end has not shown; returns of how many
        chains there was something.
        """
        return self._connection.execute(
            "UPDATE chains SET stored_seq = returned FROM (SELECT chain AS of_chain, (SELECT coalesce(max(seq), 0)"
            " FROM records r WHERE r.chain = c.chain AND r.place IS NOT NULL) AS returned FROM chains c)"
            " WHERE chain = of_chain AND author = ? AND stored_seq > returned",
            (Author.COUNTY.value,),
        ).rowcount

    def stop(self, chain: bytes, reason: str) -> None:
        """Take nothing more from a chain. The first reason stays."""
        self._connection.execute(
            "UPDATE chains SET stopped_for = ? WHERE chain = ? AND stopped_for IS NULL", (reason, chain)
        )

    def resume(self, chain: bytes) -> bool:
        """Take records of a stopped chain again, from the last good one on; False when it was not stopped."""
        known = self.chain(chain)
        if known is None or known.stopped_for is None:
            return False
        self._connection.execute("UPDATE chains SET stopped_for = NULL WHERE chain = ?", (chain,))
        row = self._connection.execute(
            "SELECT place FROM records WHERE chain = ? AND seq = ?", (chain, known.head.seq)
        ).fetchone()
        last_good = 0 if row is None or row["place"] is None else int(row["place"])
        self.move_cursor(min(self.cursor(), last_good))
        return True

    def sound_alarm(self, alarm: Alarm) -> None:
        """Note that what came from the gateway is not to be believed; noted once for a place of the feed."""
        self._connection.execute(
            "INSERT INTO alarms (place, chain, at_ms, reason) VALUES (?, ?, ?, ?) ON CONFLICT (place) DO NOTHING",
            (alarm.place, alarm.chain, alarm.at_ms, alarm.reason),
        )

    def alarms(self) -> list[Alarm]:
        """Return what was not to be believed, newest first."""
        rows = self._connection.execute("SELECT * FROM alarms ORDER BY place DESC LIMIT ?", (_ALARMS_SHOWN,))
        return [Alarm(row["place"], row["chain"], row["at_ms"], row["reason"]) for row in rows]

    def cursor(self) -> int:
        """Return up to which place the gateway's feed has been read, 0 at first."""
        return self._number("feed") or 0

    def read_mark(self) -> Marked | None:
        """Return a place of the feed that was read, with its mark; None before the first."""
        row = self._connection.execute("SELECT value FROM settings WHERE name = 'feed_mark'").fetchone()
        place = self._number("feed_marked")
        return Marked(place, bytes(row["value"])) if row is not None and row["value"] and place else None

    def note_mark(self, read: Marked | None) -> None:
        """A place of the feed had this mark when it was read; None: nothing of the feed is known any more."""
        self._note("feed_mark", read.mark if read else b"")
        self._note("feed_marked", str(read.place if read else 0))

    def move_cursor(self, place: int) -> None:
        """The feed has been read up to `place`. Back when a stopped chain is to be read again: its mark stays."""
        self._note("feed", str(place))

    def begin_anew(self, alarm: Alarm) -> None:
        """The gateway numbers its feed anew: read it from the beginning, and take nothing for stored there.

        `alarm` says so to the supervisor, in a place of its own; alarms keep their order and give up their places.
        """
        self.move_cursor(0)
        self.note_mark(None)
        self.move_late_cursor(0)
        self._connection.execute("UPDATE chains SET stored_seq = 0")
        self._connection.execute("UPDATE records SET place = 0 WHERE place IS NOT NULL")
        self._connection.execute(
            "UPDATE records SET place = NULL WHERE chain IN (SELECT chain FROM chains WHERE author = ?)",
            (Author.COUNTY.value,),
        )
        self._connection.execute(
            "INSERT INTO alarms (place, chain, at_ms, reason)"
            " SELECT max(0, coalesce(max(place), 0)) + 1, ?, ?, ? FROM alarms",
            (alarm.chain, alarm.at_ms, alarm.reason),
        )
        # Upwards from a number below all: the order among them stays, and every place is free again.
        self._connection.execute(
            "UPDATE alarms SET place = rest.least - rest.most + place - 1"
            " FROM (SELECT min(0, min(place)) AS least, max(place) AS most FROM alarms) AS rest WHERE place > 0"
        )

    def late_cursor(self) -> int:
        """Return up to which place late tails have been read, 0 at first."""
        return self._number("late") or 0

    def move_late_cursor(self, place: int) -> None:
        """Late tails have been read up to `place`."""
        self._note("late", str(place))

    def cut(self, chain: bytes, seq: int) -> list[StoredRecord]:
        """Take the records behind `seq` out of a chain and return them, in order; the chain then ends with `seq`."""
        taken = self._read("r.chain = ? AND seq > ? ORDER BY seq", (chain, seq))
        last = NO_HASH if seq == 0 else self.hash_at(chain, seq)
        self._connection.execute("DELETE FROM records WHERE chain = ? AND seq > ?", (chain, seq))
        self._connection.execute("UPDATE chains SET head_seq = ?, head_hash = ? WHERE chain = ?", (seq, last, chain))
        return taken

    def erase_bodies(self, chain: bytes, first_seq: int, last_seq: int) -> None:
        """Erase the bodies of a range of a chain, wherever they lie here. Headers, hashes and signatures stay."""
        span = (chain, first_seq, last_seq)
        self._connection.execute(
            "UPDATE records SET body = NULL WHERE chain = ? AND seq BETWEEN ? AND ? AND length(body) > 0", span
        )
        self._connection.execute("DELETE FROM resealed WHERE chain = ? AND number BETWEEN ? AND ?", span)
        # A late tail that was decided about has its records in the chain, or counts for nothing; its digest stays.
        self._connection.execute(
            "UPDATE late_tails SET segment = x'' WHERE chain = ? AND last_seq >= ? AND first_seq <= ?"
            " AND accepted IS NOT NULL",
            span,
        )

    def catching_up(self) -> bool:
        """Whether this store was put back from a backup, and the gateway has not been asked since."""
        return bool(self._number("catching_up"))

    def note_catching_up(self, *, catching_up: bool) -> None:
        """Note that the store was put back from a backup, or that it has caught up with the gateway since."""
        self._note("catching_up", str(int(catching_up)))

    def exchanged_ms(self) -> int | None:
        """Return when an exchange with the gateway last succeeded, None for never."""
        return self._number("exchanged")

    def note_exchange(self, now_ms: int) -> None:
        """An exchange with the gateway has succeeded: everything that it holds is here."""
        self._note("exchanged", str(now_ms))
        self.note_catching_up(catching_up=False)

    def projected_with(self) -> str:
        """Return which versions of the packs the projections were made with."""
        row = self._connection.execute("SELECT value FROM settings WHERE name = 'packs'").fetchone()
        return "" if row is None else str(row["value"], "utf-8")

    def note_projected_with(self, versions: str) -> None:
        """The projections have been made with these versions of the packs."""
        self._note("packs", versions)

    def _number(self, name: str) -> int | None:
        row = self._connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return None if row is None else int(row["value"])

    def _note(self, name: str, value: str | bytes) -> None:
        self._connection.execute(
            "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value.encode() if isinstance(value, str) else value),
        )

    def _one(self, chain: bytes, seq: int) -> StoredRecord | None:
        return next(iter(self._read("r.chain = ? AND seq = ?", (chain, seq))), None)

    def _read(self, where: str, parameters: tuple[object, ...]) -> list[StoredRecord]:
        rows = self._connection.execute(f"{_SELECT} WHERE {where}", parameters).fetchall()
        return [
            StoredRecord(
                restore(row["header"], row["body"], row["signature"]), Author(row["author"]), row["received_ms"]
            )
            for row in rows
        ]


def _known(row: sqlite3.Row) -> KnownChain:
    return KnownChain(
        chain=row["chain"],
        public_key=row["public_key"],
        author=Author(row["author"]),
        region=row["region"],
        terminal=row["terminal"],
        head=Link(row["chain"], row["head_seq"], row["head_hash"]),
        stored_seq=row["stored_seq"],
        stopped_for=row["stopped_for"],
    )
