from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from sync.keys import FileSigner
from sync.protocol.acknowledgement import Acknowledgement
from sync.protocol.checkpoint import Checkpoint
from sync.protocol.pack_offer import PackOffer
from sync.record import Link
from sync.transport.line_state import LineFault, LineState, LogFork
from sync.transport.outgoing import Outgoing, OutgoingState
from sync.transport.reader import TransportReader
from sync.transport.schema import TransportRefused
from sync.transport.transport import Transport
from tests.sync.village import chain_of

CHAIN = b"8 bytes."
ACKNOWLEDGEMENT = Acknowledgement(Link(CHAIN, 7, bytes(32)), 1_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "transport.db"


@pytest.fixture
def transport(path: Path) -> Iterator[Transport]:
    opened = Transport.open_or_create(path)
    yield opened
    opened.close()


@pytest.fixture
def reader(path: Path) -> Iterator[TransportReader]:
    opened = TransportReader(path)
    yield opened
    opened.close()


def test_before_the_sync_process_ran_there_is_nothing_and_nothing_is_wrong(reader: TransportReader) -> None:
    assert not reader.changed()
    assert reader.acknowledgement(CHAIN) is None
    assert reader.records(0, 10) == []
    assert reader.line() == LineState()
    assert not reader.line().up


def test_the_kiosk_notices_what_the_sync_process_writes(reader: TransportReader, path: Path) -> None:
    assert not reader.changed()
    transport = Transport.open_or_create(path)
    assert reader.changed()
    assert not reader.changed()
    transport.keep_acknowledgement(ACKNOWLEDGEMENT, b"answer")
    assert reader.changed()
    assert reader.acknowledgement(CHAIN) == ACKNOWLEDGEMENT
    assert not reader.changed()
    transport.close()
    assert reader.acknowledgement(CHAIN) == ACKNOWLEDGEMENT


def test_the_newest_acknowledgement_holds_also_when_it_says_less(transport: Transport) -> None:
    transport.keep_acknowledgement(ACKNOWLEDGEMENT, b"answer")
    less = replace(ACKNOWLEDGEMENT, link=Link(CHAIN, 3, bytes(32)))
    transport.keep_acknowledgement(less, b"another")
    assert transport.acknowledgement(CHAIN) == less
    assert transport.acknowledgement(b"another!") is None


def test_the_countys_records_are_read_in_pages_with_their_places(
    transport: Transport, reader: TransportReader, tmp_path: Path
) -> None:
    signed = chain_of(FileSigner.create(tmp_path / "key.pem"), 4)
    records = [replace(signed[0], signature=None), signed[1], replace(signed[2], body=None), signed[3]]
    assert transport.inbox_link() is None
    transport.keep_records(records[:2])
    transport.keep_records(records[2:])
    assert transport.inbox_link() == signed[3].link
    assert reader.records(0, 10) == list(enumerate(records, start=1))
    assert [place for place, _ in reader.records(1, 2)] == [2, 3]


def test_records_are_kept_all_or_none(transport: Transport, tmp_path: Path) -> None:
    records = chain_of(FileSigner.create(tmp_path / "key.pem"), 3)
    transport.keep_records(records[1:2])
    with pytest.raises(TransportRefused):
        transport.keep_records(records)
    assert transport.inbox_link() == records[1].link


def test_the_state_of_the_line_is_kept_over_a_restart(path: Path, reader: TransportReader) -> None:
    state = LineState(5_000, 3_000, LineFault.NOT_TRUSTED, "a sentence", 9_000)
    transport = Transport.open_or_create(path)
    transport.keep_line(LineState(1_000, 1_000, None, "", 2_000))
    assert reader.line().up
    transport.keep_line(state)
    transport.close()
    assert reader.line() == state
    assert not state.up
    again = Transport.open_or_create(path)
    assert again.line() == state
    again.close()


def test_a_try_that_should_have_been_long_ago_means_that_nobody_tries() -> None:
    state = LineState(next_try_ms=10_000)
    assert not state.overdue(130_000)
    assert state.overdue(130_001)
    assert not LineState().overdue(10**12)


def test_a_pack_is_remembered_by_all_that_was_offered(transport: Transport) -> None:
    offer = PackOffer("calendar", 3, 100, bytes(32))
    assert transport.pack("calendar") is None
    transport.keep_pack(offer)
    assert transport.pack("calendar") == offer
    newer = replace(offer, version=4)
    transport.keep_pack(newer)
    assert transport.pack("calendar") == newer


def test_a_damaged_file_is_put_aside_and_begun_anew(path: Path, reader: TransportReader) -> None:
    transport = Transport.open_or_create(path)
    transport.keep_acknowledgement(ACKNOWLEDGEMENT, b"answer")
    assert reader.acknowledgement(CHAIN) == ACKNOWLEDGEMENT
    reader.close()
    transport.close()
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(TransportRefused):
        reader.line()
    transport = Transport.open_or_create(path)
    transport.keep_line(LineState(1, 1, None, "", 2))
    assert reader.changed()
    assert reader.line().last_try_ms == 1
    assert reader.acknowledgement(CHAIN) is None
    assert path.with_name("transport.db.damaged").exists()
    transport.close()


def test_a_stored_record_that_was_changed_is_not_handed_out(
    transport: Transport, reader: TransportReader, tmp_path: Path
) -> None:
    transport.keep_records(chain_of(FileSigner.create(tmp_path / "key.pem"), 1))
    transport._connection.execute("UPDATE inbox SET body = x'00'")
    with pytest.raises(TransportRefused, match="damaged"):
        reader.records(0, 10)
    with pytest.raises(TransportRefused, match="damaged"):
        transport.inbox_link()


def test_a_full_disk_is_named(transport: Transport) -> None:
    pages = transport._connection.execute("PRAGMA page_count").fetchone()[0]
    transport._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(TransportRefused, match="full"):
        transport.keep_acknowledgement(ACKNOWLEDGEMENT, bytes(1 << 20))
    assert transport.acknowledgement(CHAIN) is None


def test_the_reader_cannot_write(transport: Transport, reader: TransportReader) -> None:
    assert reader.line() == LineState()
    assert reader._connection is not None
    with pytest.raises(Exception, match="readonly"):
        reader._connection.execute("DELETE FROM line")


def test_a_reader_that_has_the_file_open_goes_over_to_the_one_begun_anew(path: Path, reader: TransportReader) -> None:
    transport = Transport.open_or_create(path)
    transport.keep_acknowledgement(ACKNOWLEDGEMENT, b"answer")
    assert reader.acknowledgement(CHAIN) == ACKNOWLEDGEMENT
    transport.close()
    for file in path.parent.glob("transport.db*"):
        file.unlink()
    assert reader.acknowledgement(CHAIN) is None
    transport = Transport.open_or_create(path)
    transport.keep_line(LineState(1, 1, None, "", 2))
    assert reader.changed()
    assert reader.line().up
    transport.close()


def test_a_county_put_back_is_asked_for_every_attachment_anew_whatever_shows_it(transport: Transport) -> None:
    """Its gateway may have lost attachments and no record of this terminal."""
    kept = Outgoing(bytes(32), CHAIN, 7, 1_000, 1_000, OutgoingState.KEPT, 5)
    held = Checkpoint(3, bytes(32), 1, 1)
    evidence = LogFork(2, LineFault.LOG_WENT_BACK, "another epoch", b"answer")
    for shows in (
        partial(transport.keep_checkpoint, replace(held, epoch=2), b"answer", evidence),
        transport.doubt,
        partial(transport.keep_acknowledgement, replace(ACKNOWLEDGEMENT, link=Link(CHAIN, 5, bytes(32))), b"answer"),
    ):
        transport.note_outgoing(CHAIN, 7, [kept])
        transport.keep_checkpoint(held, b"answer")
        transport.keep_acknowledgement(ACKNOWLEDGEMENT, b"answer")
        transport.keep_outgoing(kept)
        assert transport.outgoing(OutgoingState.WAITING, 9) == []
        shows()
        (waiting,) = transport.outgoing(OutgoingState.WAITING, 9)
        assert waiting.kept_ms == 5, "when it was there first is known still"
