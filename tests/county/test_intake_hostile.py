"""What an enrolled terminal may write to keep everybody else's records from the county: authentic, and impossible."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from county import wording
from county.casefile import CaseFile
from county.desk import rebuild
from county.library import Library
from county.projection import Projection, project
from county.store.cases import CaseTable
from county.store.ledger import Ledger
from sync.model.facts.words import SlipKind
from sync.model.transitions import Status
from tests.county.office import CountyOffice
from tests.county.village import application, number_of


def statuses(office: CountyOffice) -> dict[Status, int]:
    with office.database.reading() as connection:
        return CaseTable(connection).statuses(None)


@pytest.mark.parametrize("days", [-1, 1 << 40])
def test_an_impossible_promise_is_parked_and_holds_up_no_other_case(office: CountyOffice, days: int) -> None:
    office.village.write(replace(application(office.item), promise_days=days), number_of(1))
    office.village.take_in(office.item, 2)
    office.pull()
    assert statuses(office) == {Status.DRAFT: 1, Status.TAKEN_IN: 1}
    with office.database.reading() as connection:
        assert [row.case_no for row in CaseTable(connection).parked()] == [number_of(1)]


def test_a_case_that_the_program_fails_at_holds_up_no_other_and_sounds_an_alarm(
    office: CountyOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails_at_the_first(file: CaseFile, library: Library) -> Projection:
        if file.case.number == number_of(1):
            raise ArithmeticError("a fault of the program")
        return project(file, library)

    monkeypatch.setattr("county.projection.project", fails_at_the_first)
    for serial in (1, 2):
        office.village.take_in(office.item, serial)
    office.pull()
    assert statuses(office) == {Status.TAKEN_IN: 1}
    with office.database.reading() as connection:
        assert [number_of(1) in alarm.reason for alarm in Ledger(connection).alarms()] == [True]
    assert rebuild(office.database, office.library) == 2
    assert statuses(office) == {Status.TAKEN_IN: 1}
    monkeypatch.undo()
    rebuild(office.database, office.library)
    assert statuses(office) == {Status.TAKEN_IN: 2}


def test_every_slip_that_a_record_can_name_has_a_word_on_the_page() -> None:
    assert wording.SLIP.keys() == set(SlipKind)
