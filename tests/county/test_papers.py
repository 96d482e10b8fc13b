"""Receipts at the county: what the paper opens, whose keys terminals are told, what a shown paper brings to light."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from county.cases import AcceptCase, DecideCase
from county.papers import PaperVerdict
from county.store.ledger import Ledger
from county.store.papers import PaperTable
from sync.case_key import CaseKey
from sync.model.facts import (
    Author,
    CaseAccepted,
    CaseDecided,
    CaseKeyChanged,
    CaseTold,
    Fact,
    Kind,
    Outcome,
    ShiftOpened,
    TerminalKeysTold,
)
from sync.model.plain import FactDoesNotFit
from sync.model.receipt import ReceiptToken
from sync.model.transitions import Status
from sync.reading import fact_of
from sync.record import Record, RecordRefused
from sync.sealing import KeyOpener
from tests.county.office import DECIDER, INTAKE, CountyOffice, grant_chain
from tests.county.village import LIUXI, Village, new_signer
from tests.seals import DESK, keys_in

PAPER = CaseKey(b"p" * 16, "004X")
SANXIA = "990101102204"


def written(office: CountyOffice, region: str = LIUXI) -> list[Record]:
    """What the county has written to a terminal, in order."""
    with office.database.reading() as connection:
        ledger = Ledger(connection)
        chains = [each for each in ledger.chains(Author.COUNTY) if each.region == region]
        return [each.record for chain in chains for each in ledger.of_chain(chain.chain, 0, 200)]


def opened(records: list[Record], reader: KeyOpener) -> list[Fact]:
    """What a reader can read of them, the telling of keys left out."""
    found: list[Fact] = []
    for record in records:
        try:
            fact = fact_of(record, keys_in(records, reader))
        except (RecordRefused, FactDoesNotFit):
            continue
        if record.header.kind != Kind.CONTENT_KEY_SEALED:
            found.append(fact)
    return found


@pytest.fixture
def sanxia(office: CountyOffice) -> Village:
    """Another village of the county, whose terminal the county can write to."""
    grant_chain(office.directory, SANXIA)
    return Village(office.village.issuer, office.village.readers, SANXIA)


def pull(office: CountyOffice, *villages: Village) -> None:
    """Everything that these villages have written comes in, and the county answers by itself."""
    with office.database.reading() as connection:
        place = Ledger(connection).cursor() + 1
    for village in villages:
        relays = village.relays(place)
        office.intake.take(relays)
        place += len(relays)
    office.papers.tend()


def verdicts(office: CountyOffice) -> list[PaperVerdict | None]:
    with office.database.reading() as connection:
        return [each.verdict for each in PaperTable(connection).grave()]


# --- what the paper opens --------------------------------------------------------------------------------------------


def test_the_paper_opens_the_answers_about_its_case_and_no_other(office: CountyOffice) -> None:
    other = CaseKey(b"q" * 16, "004X")
    first = office.village.take_in(office.item, 1, paper=PAPER)
    second = office.village.take_in(office.item, 2, paper=other)
    third = office.village.take_in(office.item, 3)
    office.pull()
    for number in (first, second, third):
        office.do(INTAKE, number, AcceptCase())
    office.do(DECIDER, first, DecideCase(Outcome.APPROVED, "符合条件。"))
    records = written(office)
    mine, theirs = opened(records, PAPER.opener()), opened(records, other.opener())
    assert [type(each) for each in mine] == [CaseAccepted, CaseDecided]
    assert [type(each) for each in theirs] == [CaseAccepted]
    assert len(opened(records, DESK)) == 4, "the desk reads all of them as before"
    assert opened(records, CaseKey(PAPER.secret, "0041").opener()) == []


def test_a_new_paper_opens_what_comes_and_the_lost_one_nothing_newer(office: CountyOffice) -> None:
    number = office.village.take_in(office.item, 1, paper=PAPER)
    office.pull()
    office.do(INTAKE, number, AcceptCase())
    newer = CaseKey(b"n" * 16, PAPER.last_four)
    office.village.write(CaseKeyChanged(paper=newer.opener().recipient.id, case_key=newer.secret), number)
    office.pull()
    office.do(DECIDER, number, DecideCase(Outcome.REFUSED, "材料是别人的。"))
    records = written(office)
    assert [type(each) for each in opened(records, PAPER.opener())] == [CaseAccepted]
    assert [type(each) for each in opened(records, newer.opener())] == [CaseDecided]


@pytest.mark.parametrize("case_key", [b"", b"short", bytes(16), b"x" * 17])
def test_a_case_key_that_is_none_opens_nothing_and_stops_nobody(office: CountyOffice, case_key: bytes) -> None:
    number = office.village.take_in(office.item, 1, paper=PAPER)
    office.village.write(CaseKeyChanged(paper=b"whatever", case_key=case_key), number)
    office.pull()
    office.do(INTAKE, number, AcceptCase())
    records = written(office)
    assert opened(records, PAPER.opener()) == []
    assert len(opened(records, DESK)) == 1


# --- keys ------------------------------------------------------------------------------------------------------------


def keys_told(office: CountyOffice, region: str) -> list[tuple[bytes, str, int]]:
    facts = [each for each in opened(written(office, region), DESK) if isinstance(each, TerminalKeysTold)]
    return [(key.public_key, key.region, key.until_seq) for fact in facts for key in fact.keys]


def test_every_terminal_is_told_the_others_keys_once(office: CountyOffice, sanxia: Village) -> None:
    pull(office, office.village)
    assert keys_told(office, LIUXI) == []
    pull(office, sanxia)
    assert keys_told(office, LIUXI) == [(sanxia.signer.public_key, SANXIA, 0)]
    assert keys_told(office, SANXIA) == [(office.village.signer.public_key, LIUXI, 0)]
    before = len(written(office))
    for _ in range(3):
        pull(office, office.village, sanxia)
    assert len(written(office)) == before


def test_a_terminal_that_the_county_cannot_write_to_yet_is_told_when_it_can(office: CountyOffice) -> None:
    stranger = Village(office.village.issuer, office.village.readers, SANXIA)
    pull(office, office.village, stranger)
    assert keys_told(office, SANXIA) == []
    grant_chain(office.directory, SANXIA)
    pull(office)
    assert keys_told(office, SANXIA) == [(office.village.signer.public_key, LIUXI, 0)]


def test_receipts_of_a_chain_that_was_stopped_count_as_far_as_it_is_good(office: CountyOffice, sanxia: Village) -> None:
    pull(office, office.village, sanxia)
    with office.database.writing() as connection:
        Ledger(connection).stop(sanxia.chain, "两条不同的记录")
    pull(office)
    assert keys_told(office, LIUXI)[-1] == (sanxia.signer.public_key, SANXIA, len(sanxia.records))


def test_many_terminals_are_told_in_records_that_fit(office: CountyOffice) -> None:
    others = [
        Village(office.village.issuer, office.village.readers, f"9901011022{number:02}") for number in range(30, 90)
    ]
    pull(office, office.village, *others)
    assert {region for _, region, _ in keys_told(office, LIUXI)} == {each.region for each in others}
    assert all(len(record.header_bytes) < 2048 for record in written(office))


# --- papers that are shown -------------------------------------------------------------------------------------------


def receipt(office: CountyOffice) -> tuple[str, ReceiptToken]:
    number = office.village.take_in(office.item, 1, paper=PAPER)
    return number, office.village.receipt(number, PAPER.secret)


def test_a_receipt_whose_record_is_here_is_in_order(office: CountyOffice, sanxia: Village) -> None:
    _, token = receipt(office)
    office.village.see(token)
    pull(office, office.village)
    assert verdicts(office) == []


def test_a_tail_that_was_cut_off_before_it_was_sent_is_found_by_the_paper(
    office: CountyOffice, sanxia: Village
) -> None:
    number, token = receipt(office)
    kept_back = office.village.records.pop()
    sanxia.see(token)
    pull(office, office.village, sanxia)
    assert verdicts(office) == [PaperVerdict.MISSING]
    # It was only late: when it comes, nothing is left of the doubt, and the village where it was shown is told.
    office.village.records.append(kept_back)
    pull(office, office.village)
    assert verdicts(office) == []
    [told] = [each for each in opened(written(office, SANXIA), PAPER.opener()) if isinstance(each, CaseTold)]
    assert (told.case_no, told.status) == (number, Status.TAKEN_IN)


def test_a_tail_that_was_rewritten_before_it_was_sent_is_found_by_the_paper(
    office: CountyOffice, sanxia: Village
) -> None:
    _, token = receipt(office)
    office.village.records.pop()
    office.village.write(ShiftOpened())
    sanxia.see(token)
    pull(office, office.village, sanxia)
    assert verdicts(office) == [PaperVerdict.REWRITTEN]


def test_a_forged_paper_accuses_nobody(office: CountyOffice, sanxia: Village) -> None:
    number, token = receipt(office)
    forger = Village(office.village.issuer, office.village.readers, signer=new_signer())
    record = office.village.records[-1]
    forged = ReceiptToken(replace(token.claim, hash_prefix=bytes(16)), token.case_key, token.signature)
    sanxia.see(forged)
    sanxia.see(forger.receipt(number, PAPER.secret, record))
    unknown = Village(office.village.issuer, office.village.readers, "990101102299")
    sanxia.see(unknown.receipt(number, PAPER.secret))
    # A true signature of the other village's terminal under a number that is not its own.
    sanxia.see(sanxia.receipt(number, PAPER.secret))
    pull(office, office.village, sanxia)
    assert sorted(str(each) for each in verdicts(office)) == sorted(
        [PaperVerdict.FORGED, PaperVerdict.FORGED, PaperVerdict.UNKNOWN_TERMINAL, PaperVerdict.FORGED]
    )


def test_the_place_where_it_was_shown_is_told_how_the_case_stands_and_only_the_paper_opens_it(
    office: CountyOffice, sanxia: Village
) -> None:
    number, token = receipt(office)
    office.pull()
    office.do(INTAKE, number, AcceptCase())
    office.do(DECIDER, number, DecideCase(Outcome.APPROVED, "符合条件。"))
    sanxia.see(token)
    pull(office, office.village, sanxia)
    records = written(office, SANXIA)
    [told] = [each for each in opened(records, PAPER.opener()) if isinstance(each, CaseTold)]
    assert (told.case_no, told.status, told.item_code) == (number, Status.DECIDED, office.item.code)
    assert [(each.kind, each.words) for each in told.steps] == [
        (Kind.CASE_TAKEN_IN, ""),
        (Kind.CASE_ACCEPTED, ""),
        (Kind.CASE_DECIDED, "同意：符合条件。"),
    ]
    assert not [each for each in opened(records, DESK) if isinstance(each, CaseTold)], "that desk does not read it"
    # Shown once more, told once more.
    sanxia.see(token)
    pull(office, sanxia)
    assert len([each for each in opened(written(office, SANXIA), PAPER.opener()) if isinstance(each, CaseTold)]) == 2


def test_its_own_terminal_is_not_told_what_it_knows(office: CountyOffice) -> None:
    _, token = receipt(office)
    office.village.see(token)
    pull(office, office.village)
    assert not [each for each in opened(written(office), PAPER.opener()) if isinstance(each, CaseTold)]


def test_the_key_that_a_shown_paper_opens_with_is_nowhere_in_what_was_sent(
    office: CountyOffice, sanxia: Village
) -> None:
    _, token = receipt(office)
    record = sanxia.see(token)
    assert PAPER.secret not in record.header_bytes + (record.body or b"")
