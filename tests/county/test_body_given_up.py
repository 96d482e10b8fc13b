"""A case whose record came without its body, which was damaged at the terminal: the county works on what it has."""

from __future__ import annotations

from pathlib import Path

from county.cases import AcceptCase, DecideCase, MarkReady
from sync.model.facts import Kind, Outcome
from sync.model.transitions import Status
from tests.county.kiosk_end import Kiosk
from tests.county.office import DECIDER, INTAKE, CountyOffice
from tests.county.village import LIUXI


def test_a_case_without_its_body_is_accepted_decided_and_told_all_the_same(
    office: CountyOffice, tmp_path: Path
) -> None:
    kiosk = Kiosk(office, tmp_path / "liuxi", LIUXI).tell_desk_key()
    damaged, sound = kiosk.take_in(), kiosk.take_in()
    journal = kiosk.point.journal
    [lost] = [each for each in journal.records_of_case(damaged) if each.header.kind == Kind.CASE_TAKEN_IN]
    with journal.transaction():
        journal.give_up_body(lost.header.seq)
    kiosk.carry()
    for number in (damaged, sound):
        office.do(INTAKE, number, AcceptCase())
        office.do(DECIDER, number, DecideCase(Outcome.APPROVED, "符合条件。"))
        office.do(INTAKE, number, MarkReady("津贴通知"))
    kiosk.carry()
    assert {kiosk.point.desk.cases.case(number).status for number in (damaged, sound)} == {Status.READY}
    assert office.desk.open(damaged).taken_in is None, "what it said is lost"
    assert office.desk.open(sound).taken_in is not None
    kiosk.close()
