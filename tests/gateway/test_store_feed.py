"""The feed of both stores: numbers that are given anew are seen, and what was deleted by hand holds up nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.gateway.admission import ChainDamaged, Verdict
from sync.gateway.store import Store
from sync.gateway.store.sqlite import SqliteStore
from sync.keys import FileSigner
from sync.peer_name import PeerName, PeerRole
from sync.protocol.relay import MARK_BYTES
from tests.gateway.county_site import Writer
from tests.gateway.store_ground import Ground, enrol, open_store, submission

OTHER = PeerName("990101", PeerRole.TERMINAL, "990101102204", "01")


@pytest.fixture
def other(tmp_path: Path, store: Store) -> Writer:
    """A terminal that nobody has done anything to."""
    made = Writer(FileSigner.create(tmp_path / "other.pem"))
    enrol(store, made, OTHER, FileSigner.create(tmp_path / "county-2.pem"))
    return made


def test_every_place_of_the_feed_has_a_mark_that_stays_with_it(ground: Ground, store: Store, writer: Writer) -> None:
    for _ in range(3):
        store.append([submission(writer.write(1))], 0)
    marks = {each.admission: each.mark for each in store.admitted_after(0, 1 << 20)}
    assert len(set(marks.values())) == 3
    assert {len(mark) for mark in marks.values()} == {MARK_BYTES}
    again = open_store(ground.where)
    assert {place: again.mark_of_admission(place) for place in marks} == marks
    assert again.mark_of_admission(4) is None
    again.close()


def test_a_place_that_is_given_anew_has_another_mark_also_for_the_same_records(
    ground: Ground, store: Store, writer: Writer
) -> None:
    store.append([submission(writer.write(1))], 0)
    before = store.mark_of_admission(1)
    # As a backup from before would have it.
    ground.execute("DELETE FROM admissions")
    ground.execute("DELETE FROM records")
    ground.execute("UPDATE chains SET head_seq = 0 WHERE chain = ?", writer.link.chain)
    if isinstance(store, SqliteStore):
        ground.execute("DELETE FROM sqlite_sequence")
    else:
        ground.execute("UPDATE turns SET number = 0 WHERE name = 'admission'")
    (decision,) = store.append([submission(writer.records)], 0)
    assert decision.verdict is Verdict.ACCEPTED
    assert store.mark_of_admission(1) not in (before, None)


def test_admissions_of_a_store_from_before_there_were_marks_get_theirs(
    ground: Ground, store: Store, writer: Writer
) -> None:
    store.append([submission(writer.write(1)), submission(writer.write(1))], 0)
    store.close()
    ground.execute("ALTER TABLE admissions DROP COLUMN mark")
    again = open_store(ground.where)
    marks = [each.mark for each in again.admitted_after(0, 1 << 20)]
    assert len(set(marks)) == 2
    again.append([submission(writer.write(1))], 0)
    assert len({*marks, again.mark_of_admission(3)}) == 3
    again.close()


@pytest.mark.parametrize("lost", [1, 2, 4])
def test_a_record_deleted_by_hand_is_told_in_its_place_and_the_rest_of_the_feed_goes_on(
    ground: Ground, store: Store, writer: Writer, other: Writer, lost: int
) -> None:
    store.append([submission(writer.write(4)), submission(other.write(2), OTHER)], 0)
    store.append([submission(writer.write(1))], 0)
    ground.execute("DELETE FROM records WHERE chain = ? AND seq = ?", writer.link.chain, lost)
    admitted = store.admitted_after(0, 1 << 20)
    assert [each.admission for each in admitted] == [1, 2, 3]
    assert [len(each.records) for each in admitted] == [0, 2, 1]
    assert admitted[0].span == (writer.link.chain, 1, 4)
    assert admitted[0].statement == b"terminal statement"
    assert store.mark_of_admission(1) == admitted[0].mark


def test_an_admission_of_which_nothing_is_left_or_whose_header_is_rubbish_is_told_too(
    ground: Ground, store: Store, writer: Writer
) -> None:
    for _ in range(3):
        store.append([submission(writer.write(1))], 0)
    ground.execute("DELETE FROM records WHERE seq = 1")
    ground.execute("UPDATE records SET header = ? WHERE seq = 2", b"rubbish")
    assert [len(each.records) for each in store.admitted_after(0, 1 << 20)] == [0, 0, 1]


def test_a_chain_that_lost_its_newest_record_takes_no_more_and_the_others_do(
    ground: Ground, store: Store, writer: Writer, other: Writer
) -> None:
    store.append([submission(writer.write(3))], 0)
    ground.execute("DELETE FROM records WHERE chain = ? AND seq = 3", writer.link.chain)
    with pytest.raises(ChainDamaged, match=f"record 3 of chain {writer.link.chain.hex()}"):
        store.append([submission(writer.write(1))], 0)
    with pytest.raises(ChainDamaged):
        store.append([submission(writer.records)], 0)
    (decision,) = store.append([submission(other.write(1), OTHER)], 0)
    assert decision.verdict is Verdict.ACCEPTED
