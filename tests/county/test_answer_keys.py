"""The county's own bodies: whom they are sealed to, and what it does with those that others sealed."""

import sqlite3

import pytest

from county.casefile import read_case_file
from county.cases import AcceptCase
from county.pen import PointCannotRead
from county.store.database import Database
from county.store.ledger import Ledger
from sync import county_config
from sync.keyring import Keyring
from sync.model.facts import Author, CaseAccepted, DeskKeyMade, Kind, ShiftOpened
from sync.model.transitions import Status
from sync.reading import fact_of
from sync.record import Record
from sync.sealing import KeyOpener
from tests.county.office import INTAKE, CountyOffice
from tests.county.test_intake import parked
from tests.county.village import Village
from tests.seals import DESK, keys_in, opener


def answers(office: CountyOffice) -> list[Record]:
    """What the county has written."""
    with office.database.reading() as connection:
        ledger = Ledger(connection)
        [chain] = ledger.chains(Author.COUNTY)
        return [each.record for each in ledger.of_chain(chain.chain, 0, 100)]


@pytest.fixture
def number(office: CountyOffice) -> str:
    """A case that waits for the county."""
    number = office.village.take_in(office.item, 1)
    office.pull()
    return number


def test_an_answer_is_opened_by_the_desk_the_county_and_its_escrow_key_and_by_nobody_else(
    office: CountyOffice, number: str
) -> None:
    office.do(INTAKE, number, AcceptCase())
    told, accepted = answers(office)
    keys = office.directory / county_config.OPENING_KEY, office.directory / county_config.ESCROW_KEY
    for reader in (DESK, *map(KeyOpener.load, keys)):
        assert isinstance(fact_of(accepted, keys_in([told, accepted], reader)), CaseAccepted)
    assert keys_in([told], opener("somebody")).key(told.header.chain, told.header.seq) is None


def test_a_terminal_that_has_told_no_key_gets_no_answer_yet(office: CountyOffice, number: str) -> None:
    with office.database.writing() as connection:
        connection.execute("DELETE FROM records WHERE kind = ?", (Kind.DESK_KEY_MADE,))
    with pytest.raises(PointCannotRead):
        office.do(INTAKE, number, AcceptCase())


@pytest.mark.parametrize("key", [bytes(32), b"\x01" + bytes(31), b"short"], ids=["zeros", "one", "short"])
def test_a_terminal_that_has_told_what_is_no_key_gets_no_answer_either(
    office: CountyOffice, number: str, key: bytes
) -> None:
    office.village.write(DeskKeyMade(public_key=key, private_key=bytes(32)))
    office.pull()
    with pytest.raises(PointCannotRead):
        office.do(INTAKE, number, AcceptCase())


def test_answers_go_to_the_key_that_the_terminal_told_last(office: CountyOffice, number: str) -> None:
    newer = opener("a new desk")
    office.village.write(DeskKeyMade(public_key=newer.recipient.public_key, private_key=newer.secret()))
    office.pull()
    office.do(INTAKE, number, AcceptCase())
    told, accepted = answers(office)
    assert isinstance(fact_of(accepted, keys_in([told, accepted], newer)), CaseAccepted)
    assert keys_in([told], DESK).key(told.header.chain, told.header.seq) is None


def test_one_key_serves_a_day_and_the_next_day_has_another(office: CountyOffice, number: str) -> None:
    second, third = office.village.take_in(office.item, 2), office.village.take_in(office.item, 3)
    office.pull()
    office.do(INTAKE, number, AcceptCase())
    office.do(INTAKE, second, AcceptCase())
    office.clock.advance(24 * 3_600_000)
    office.do(INTAKE, third, AcceptCase())
    assert [record.header.content_key for record in answers(office)] == [None, 1, 1, None, 4]


def test_a_place_that_is_written_again_after_a_failure_has_a_new_key(office: CountyOffice, number: str) -> None:
    second = office.village.take_in(office.item, 2)
    office.pull()
    office.do(INTAKE, number, AcceptCase())
    with office.database.writing() as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON deeds BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(sqlite3.IntegrityError):
        office.do(INTAKE, second, AcceptCase())
    with office.database.writing() as connection:
        connection.execute("DROP TRIGGER full")
    office.do(INTAKE, second, AcceptCase())
    assert [record.header.content_key for record in answers(office)] == [None, 1, None, 3]


def test_a_body_that_the_county_cannot_open_is_parked_and_said(office: CountyOffice) -> None:
    strangers = (opener("one").recipient, opener("two").recipient)
    village = Village(office.village.issuer, strangers, region="990101102201")
    number = village.take_in(office.item, 1)
    village.write(ShiftOpened())
    office.intake.take(village.relays(50))
    assert office.desk.open(number).case.number == number, "the case is folded from its headers"
    assert len(parked(office)) == 2, "the application, and the key of the desk"
    assert set(parked(office)) == {"正文没有封给县里，打不开"}


def test_a_county_without_its_opening_key_still_folds_every_case(office: CountyOffice, number: str) -> None:
    office.do(INTAKE, number, AcceptCase())
    blind = Database(office.directory / "county.db", Keyring([]))
    with blind.reading() as connection:
        ledger = Ledger(connection)
        file = read_case_file(number, ledger.of_case(number), blind.keyring.among(ledger.record_at))
    assert file.case.status is Status.ACCEPTED
    assert file.applicant is None
