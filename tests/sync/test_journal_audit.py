"""Every byte of every stored header, body and signature is changed once; the audit names the record and the part."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from sync.clock import FixedClock
from sync.journal import Flaw, Journal, JournalDamaged, JournalReader
from sync.journal.audit import FLAWS_MAX, Part
from sync.keys import FileSigner
from tests.seals import READERS
from tests.sync.village import INVITED, TAKEN_IN, chain_of, write

RECORDS = 5
"""The content key, and two facts with a body, each followed by one without."""


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> FileSigner:
    return FileSigner.create(tmp_path_factory.mktemp("signer") / "key.pem")


@pytest.fixture
def path(tmp_path: Path, signer: FileSigner) -> Path:
    journal = Journal.open_or_create(tmp_path / "journal.db", signer, READERS, FixedClock(1_795_415_520_000))
    write(journal, TAKEN_IN, INVITED, TAKEN_IN, INVITED)
    journal.close()
    return tmp_path / "journal.db"


def change(path: Path, statement: str, *arguments: object) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement, arguments)
    connection.close()


def stored(path: Path, seq: int, column: str) -> bytes:
    connection = sqlite3.connect(path)
    (held,) = connection.execute(f"SELECT {column} FROM records WHERE seq = ?", (seq,)).fetchone()
    connection.close()
    return bytes(held)


def flaws(path: Path, signer: FileSigner) -> list[Flaw]:
    reader = JournalReader.open(path)
    found = reader.audit(signer.public_key)
    reader.close()
    return list(found.flaws)


def parts(column: str, seq: int) -> set[Part]:
    """What an audit may call it; of the newest record no hash tells header and signature apart."""
    if column == "body":
        return {Part.BODY}
    if seq == RECORDS:
        return {Part.LAST, Part.HEADER} if column == "header" else {Part.LAST}
    return {Part.HEADER} if column == "header" else {Part.SIGNATURE}


@pytest.mark.parametrize("column", ["header", "body", "signature"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seq=some.integers(1, RECORDS), place=some.integers(0, 500), flip=some.integers(1, 255))
def test_any_byte_changed_is_found_and_named(
    path: Path, signer: FileSigner, column: str, seq: int, place: int, flip: int
) -> None:
    if column == "body" and not stored(path, seq, column):
        seq -= 1  # of two neighbours one has a body
    sound = stored(path, seq, column)
    changed = bytearray(sound)
    changed[place % len(changed)] ^= flip
    change(path, f"UPDATE records SET {column} = ? WHERE seq = ?", bytes(changed), seq)
    try:
        (flaw,) = flaws(path, signer)
        assert flaw.seq == seq
        assert flaw.part in parts(column, seq)
        assert str(flaw).startswith(f"record {seq}, ")
    finally:
        change(path, f"UPDATE records SET {column} = ? WHERE seq = ?", sound, seq)
    assert flaws(path, signer) == []


def test_a_record_that_was_taken_out_is_missed(path: Path, signer: FileSigner) -> None:
    change(path, "DELETE FROM records WHERE seq = 2")
    assert [(each.seq, each.part) for each in flaws(path, signer)] == [(3, Part.NUMBER)]


def test_a_record_that_changed_places_is_found(path: Path, signer: FileSigner) -> None:
    change(path, "UPDATE records SET seq = 9 WHERE seq = 2")
    change(path, "UPDATE records SET seq = 2 WHERE seq = 3")
    change(path, "UPDATE records SET seq = 3 WHERE seq = 9")
    assert {each.seq for each in flaws(path, signer)} >= {2, 3}


def test_records_of_another_key_are_not_taken_for_the_terminals(path: Path, signer: FileSigner, tmp_path: Path) -> None:
    other = FileSigner.create(tmp_path / "other.pem")
    for record in chain_of(other, RECORDS):
        change(
            path, "UPDATE records SET header = ?, body = ?, signature = ? WHERE seq = ?",
            record.header_bytes, record.body, record.signature, record.header.seq,
        )  # fmt: skip
    found = flaws(path, signer)
    assert {each.seq for each in found} == set(range(1, RECORDS + 1))
    assert {each.part for each in found} <= {Part.SIGNATURE, Part.LAST, Part.ORDER, Part.CASE_NUMBER}


def test_a_tail_rewritten_with_the_stolen_key_does_not_join_the_old_part(path: Path, signer: FileSigner) -> None:
    forged = chain_of(signer, RECORDS)[2]
    change(
        path, "UPDATE records SET header = ?, body = ?, signature = ? WHERE seq = 3",
        forged.header_bytes, forged.body, forged.signature,
    )  # fmt: skip
    found = flaws(path, signer)
    assert (3, Part.ORDER) in [(each.seq, each.part) for each in found]


def test_an_index_that_names_another_case_is_found(path: Path, signer: FileSigner) -> None:
    change(path, "UPDATE records SET case_no = 'another' WHERE seq = 2")
    assert [(each.seq, each.part) for each in flaws(path, signer)] == [(2, Part.CASE_NUMBER)]


def test_a_changed_body_is_not_read_either(path: Path) -> None:
    change(path, "UPDATE records SET body = ? WHERE seq = 2", b"something else")
    reader = JournalReader.open(path)
    with pytest.raises(JournalDamaged, match="record 2: the body"):
        reader.read(0, 10)
    assert [each.header.seq for each in reader.read(2, 10)] == list(range(3, RECORDS + 1))
    reader.close()


def test_an_audit_of_a_ruined_journal_ends(tmp_path: Path, signer: FileSigner) -> None:
    journal = Journal.open_or_create(tmp_path / "long.db", signer, READERS, FixedClock(1_795_415_520_000))
    with journal.transaction() as writing:
        for record in chain_of(signer, FLAWS_MAX + 20, INVITED):
            writing.connection.execute(
                "INSERT INTO records (seq, case_no, header, body, signature) VALUES (?, ?, ?, ?, zeroblob(64))",
                (record.header.seq, record.header.case_no, record.header_bytes, record.body),
            )
    audit = journal.audit(signer.public_key)
    journal.close()
    assert len(audit.flaws) == FLAWS_MAX


@pytest.mark.parametrize("seq", [RECORDS - 2, RECORDS - 1])
def test_a_damaged_body_keeps_no_journal_shut_and_a_damaged_header_does(
    path: Path, signer: FileSigner, seq: int
) -> None:
    sound = stored(path, seq, "header")
    change(path, "UPDATE records SET body = x'00' WHERE seq = ? AND length(body) > 0", seq)
    journal = Journal.open_or_create(path, signer, READERS, FixedClock(1_795_415_520_000))
    assert write(journal, INVITED)[0].header.seq == RECORDS + 1
    journal.close()
    change(path, "UPDATE records SET header = ? WHERE seq = ?", sound[:-1] + bytes((sound[-1] ^ 1,)), seq)
    with pytest.raises(JournalDamaged):
        Journal.open_or_create(path, signer, READERS, FixedClock(1_795_415_520_000))
