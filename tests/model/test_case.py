"""The fold of a case: what the tables allow, what crosses, what is parked, and that both ends find the same."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sync.model import facts
from sync.model.case import Case, Effect, NotAllowedHere, evolve, fold
from sync.model.facts import ActorClass, Author, CaseMove, Envelope, Fact, Kind, Outcome, Role, Urgency
from sync.model.moment import wall_ms_at
from sync.model.plain import PlainValue
from sync.model.transitions import BESIDE_CASES, CROSSINGS, NOTED, TRANSITIONS, Mover, Prevails, Status

NUMBER = "9901011022032611230100010"
POINT, COUNTY = b"terminal", b"thecount"
MONDAY = date(2026, 11, 23)


@dataclass
class Life:
    """Writes the records of one case at both ends, each end knowing only what it was told."""

    role: Role = Role.PROXY
    records: list[Envelope] = field(default_factory=list)
    at_ms: int = wall_ms_at(MONDAY, 9)
    seqs: dict[Author, int] = field(default_factory=lambda: {Author.TERMINAL: 0, Author.COUNTY: 0})

    def happen(self, author: Author, happened: Fact) -> Envelope:
        """Write one fact on one side's chain."""
        self.seqs[author] += 1
        self.at_ms += 60_000
        plain, _ = facts.to_plain(happened)
        record = Envelope(
            kind=facts.kind_of(happened),
            author=author,
            chain=POINT if author is Author.TERMINAL else COUNTY,
            seq=self.seqs[author],
            wall_ms=self.at_ms,
            actor="A01",
            actor_class=ActorClass.AGENT if author is Author.TERMINAL else ActorClass.COUNTY,
            case_no=NUMBER,
            plain=plain,
        )
        self.records.append(record)
        return record

    def here(self, kind: Kind, seen: int | None = None) -> Envelope:
        """Let the point move, having seen the county's records up to `seen` (all of them by default)."""
        known = self.seqs[Author.COUNTY] if seen is None else seen
        return self.happen(Author.TERMINAL, move(kind, self.role, COUNTY if known else b"", known))

    def there(self, kind: Kind, seen: int | None = None) -> Envelope:
        """Let the county move, having seen the point's records up to `seen` (all of them by default)."""
        known = self.seqs[Author.TERMINAL] if seen is None else seen
        return self.happen(Author.COUNTY, move(kind, self.role, POINT, known))

    @property
    def case(self) -> Case:
        """The case as whoever has every record folds it."""
        return fold(NUMBER, self.records)


def move(kind: Kind, role: Role, seen_chain: bytes, seen_seq: int) -> CaseMove:
    """A fact of this kind with unremarkable contents."""
    seen = {"seen_chain": seen_chain, "seen_seq": seen_seq}
    person = facts.Person(name="李秀兰")
    contents: dict[Kind, dict[str, object]] = {
        Kind.ONE_TIME_NOTICE_GIVEN: {"item_code": "glj", "item_version": 1, "role": role, "missing": ("户口簿",)},
        Kind.CASE_TAKEN_IN: {
            "item_code": "glj",
            "item_version": 1,
            "role": role,
            "urgency": Urgency.ORDINARY,
            "promised_on": date(2026, 11, 30),
            "promise_days": 5,
            "applicant": person,
            "values": {},
            "materials": (),
            "signature": ((1, 2, 3, 4),),
            "agent_name": "王建国",
        },
        Kind.CASE_WITHDRAWN: {"reason": "不办了"},
        Kind.SUPPLEMENT_RECEIVED: {"materials": ()},
        Kind.RESULT_DELIVERED: {"receiver": "李秀兰", "signature": ()},
        Kind.CASE_NOT_ACCEPTED: {"reasons": "不属于本县"},
        Kind.SUPPLEMENT_REQUIRED: {"due": date(2026, 12, 4), "wanted": ("户口簿",)},
        Kind.CASE_SUSPENDED: {"reasons": "等鉴定"},
        Kind.CASE_DECIDED: {"outcome": Outcome.APPROVED, "reasons": "符合条件"},
        Kind.RESULT_READY: {"result_name": "津贴通知"},
        Kind.CASE_TERMINATED: {"reasons": "逾期未补"},
    }
    made = facts.FACTS[kind](**{**contents.get(kind, {}), **seen})
    assert isinstance(made, CaseMove)
    return made


MAIN_JOB = (
    ("here", Kind.ONE_TIME_NOTICE_GIVEN, Status.AWAITING_MATERIALS),
    ("here", Kind.CASE_TAKEN_IN, Status.TAKEN_IN),
    ("there", Kind.CASE_ACCEPTED, Status.ACCEPTED),
    ("there", Kind.SUPPLEMENT_REQUIRED, Status.SUPPLEMENT_REQUIRED),
    ("here", Kind.SUPPLEMENT_RECEIVED, Status.ACCEPTED),
    ("there", Kind.CASE_SUSPENDED, Status.SUSPENDED),
    ("there", Kind.CASE_RESUMED, Status.ACCEPTED),
    ("there", Kind.CASE_DECIDED, Status.DECIDED),
    ("there", Kind.RESULT_READY, Status.READY),
    ("here", Kind.RESULT_DELIVERED, Status.DELIVERED),
    ("there", Kind.CASE_CLOSED, Status.CLOSED),
)


def lived(*, until: int = len(MAIN_JOB), role: Role = Role.PROXY) -> Life:
    """A case that has gone through the first `until` moves of the main job."""
    life = Life(role)
    for side, kind, _ in MAIN_JOB[:until]:
        getattr(life, side)(kind)
    return life


def test_a_case_goes_through_the_main_job_step_by_step() -> None:
    life = Life()
    for side, kind, status in MAIN_JOB:
        getattr(life, side)(kind)
        assert life.case.status is status
    assert life.case.over
    assert [step.effect for step in life.case.steps] == [Effect.MOVED] * len(MAIN_JOB)


@given(st.permutations(range(len(MAIN_JOB))))
def test_the_order_in_which_records_arrive_does_not_matter(order: list[int]) -> None:
    life = lived()
    assert fold(NUMBER, [life.records[place] for place in order]) == life.case


def test_the_statutory_clock_stands_while_the_applicant_brings_papers_and_while_suspended() -> None:
    life = lived()
    demanded, received, suspended, resumed = (life.records[place] for place in (3, 4, 5, 6))
    first, second = life.case.stops
    assert (first.from_ms, first.until_ms) == (demanded.wall_ms, received.wall_ms)
    assert (second.from_ms, second.until_ms) == (suspended.wall_ms, resumed.wall_ms)


def test_the_county_cannot_take_in_and_the_point_cannot_decide() -> None:
    life = lived(until=3)
    forged = life.happen(Author.TERMINAL, move(Kind.CASE_DECIDED, Role.PROXY, b"", 0))
    assert life.case.status is Status.ACCEPTED
    assert life.case.steps[-1].effect is Effect.PARKED
    with pytest.raises(NotAllowedHere, match="written by the county"):
        evolve(lived(until=3).case, forged)
    other = Life()
    other.there(Kind.CASE_TAKEN_IN)
    assert other.case.status is Status.DRAFT


def test_an_item_that_the_point_finishes_itself_is_decided_there_and_nowhere_else() -> None:
    life = Life(Role.DIRECT)
    for kind in (Kind.CASE_TAKEN_IN, Kind.CASE_ACCEPTED, Kind.CASE_DECIDED, Kind.RESULT_READY, Kind.RESULT_DELIVERED):
        life.here(kind)
    assert life.case.status is Status.DELIVERED
    life.there(Kind.CASE_CLOSED)
    assert life.case.status is Status.DELIVERED
    assert life.case.steps[-1].effect is Effect.PARKED


def test_a_record_of_a_newer_version_is_carried_and_moves_nothing() -> None:
    life = lived(until=2)
    life.records.append(
        Envelope(23_000, Author.COUNTY, COUNTY, 1, life.at_ms, "c", ActorClass.COUNTY, NUMBER, {0: "new"})
    )
    assert life.case.status is Status.TAKEN_IN
    assert life.case.needs_update


def test_a_record_with_a_field_of_the_wrong_type_is_parked_with_its_case() -> None:
    life = lived(until=2)
    seen: dict[int, PlainValue] = {20: POINT, 21: 2}
    life.records.append(
        Envelope(
            Kind.CASE_ACCEPTED,
            Author.COUNTY,
            COUNTY,
            1,
            life.at_ms,
            "c",
            ActorClass.COUNTY,
            NUMBER,
            {0: "soon", **seen},
        )
    )
    assert life.case.status is Status.TAKEN_IN
    assert life.case.steps[-1].effect is Effect.PARKED


def reachable_crossings() -> set[tuple[Kind, Kind]]:
    """Every pair that can cross: the point moves from a status while the handler, unseen, moves on from it."""
    pairs: set[tuple[Kind, Kind]] = set()
    for (status, point_kind), (_, mover) in TRANSITIONS.items():
        if mover is not Mover.POINT:
            continue
        waiting, met = [status], {status}
        while waiting:
            here = waiting.pop()
            for (came_from, kind), (then, who) in TRANSITIONS.items():
                if came_from is here and who is Mover.HANDLER:
                    pairs.add((point_kind, kind))
                    if then not in met:
                        met.add(then)
                        waiting.append(then)
    return pairs


def test_every_pair_of_moves_that_can_cross_has_its_outcome_and_no_other_has_one() -> None:
    # A case of a proxy item has no handler's move before it was taken in, so taking in crosses nothing.
    assert set(CROSSINGS) == reachable_crossings()
    assert all(crossing.sentence.endswith("。") for crossing in CROSSINGS.values())


COUNTY_WAYS = {
    Kind.CASE_ACCEPTED: (Kind.CASE_ACCEPTED,),
    Kind.CASE_NOT_ACCEPTED: (Kind.CASE_NOT_ACCEPTED,),
    Kind.SUPPLEMENT_REQUIRED: (Kind.CASE_ACCEPTED, Kind.SUPPLEMENT_REQUIRED),
    Kind.CASE_SUSPENDED: (Kind.CASE_ACCEPTED, Kind.CASE_SUSPENDED),
    Kind.CASE_RESUMED: (Kind.CASE_ACCEPTED, Kind.CASE_SUSPENDED, Kind.CASE_RESUMED),
    Kind.CASE_DECIDED: (Kind.CASE_ACCEPTED, Kind.CASE_DECIDED),
    Kind.RESULT_READY: (Kind.CASE_ACCEPTED, Kind.CASE_DECIDED, Kind.RESULT_READY),
    Kind.CASE_TERMINATED: (Kind.CASE_ACCEPTED, Kind.CASE_TERMINATED),
}


@pytest.mark.parametrize("last", COUNTY_WAYS, ids=lambda kind: kind.name.lower())
def test_a_withdrawal_that_crosses_the_county_ends_as_the_table_says(last: Kind) -> None:
    life = Life()
    life.here(Kind.CASE_TAKEN_IN)
    moved = [life.there(kind, seen=1) for kind in COUNTY_WAYS[last]]
    ended_as = life.case.status
    life.here(Kind.CASE_WITHDRAWN, seen=0)
    crossing = CROSSINGS[Kind.CASE_WITHDRAWN, last]
    stands = crossing.prevails is Prevails.POINT
    assert life.case.status is (Status.WITHDRAWN if stands else ended_as)
    assert life.case.steps[-1].effect is (Effect.MOVED if stands else Effect.OVERRULED)
    assert life.case.steps[-1].sentence
    assert len(moved) == len([step for step in life.case.steps if step.envelope.author is Author.COUNTY])


def test_a_withdrawal_that_knew_the_county_s_move_crosses_nothing() -> None:
    life = lived(until=3)
    life.here(Kind.CASE_WITHDRAWN)
    assert life.case.status is Status.WITHDRAWN
    assert life.case.steps[-1].sentence == ""


def test_what_the_county_does_after_it_saw_the_withdrawal_stands_behind_it() -> None:
    life = Life()
    life.here(Kind.CASE_TAKEN_IN)
    life.there(Kind.CASE_ACCEPTED, seen=1)
    life.here(Kind.CASE_WITHDRAWN, seen=0)
    life.there(Kind.CASE_DECIDED, seen=2)
    assert life.case.status is Status.WITHDRAWN
    assert life.case.steps[-1].effect is Effect.PARKED


def test_papers_that_come_after_the_county_has_given_up_are_kept_and_change_nothing() -> None:
    life = lived(until=4)
    life.there(Kind.CASE_TERMINATED)
    life.here(Kind.SUPPLEMENT_RECEIVED, seen=2)
    assert life.case.status is Status.TERMINATED
    assert life.case.steps[-1].effect is Effect.OVERRULED


def test_a_delay_explained_in_time_moves_the_promise_and_one_too_late_does_not() -> None:
    late_ms = wall_ms_at(date(2026, 12, 1), 9)
    for at_ms, promised_on in ((None, date(2026, 12, 4)), (late_ms, date(2026, 11, 30))):
        life = lived(until=3)
        life.at_ms = at_ms or life.at_ms
        life.happen(Author.TERMINAL, facts.DelayExplained(new_day=date(2026, 12, 4), reason="等公示"))
        assert life.case.promised_on == promised_on
        assert life.case.explained[0][1] == date(2026, 12, 4)


def test_a_delay_explained_on_a_clock_years_ahead_moves_the_promise_too() -> None:
    life = lived(until=3)
    life.at_ms = wall_ms_at(date(2099, 12, 31), 9)
    life.happen(Author.TERMINAL, facts.DelayExplained(new_day=date(2026, 12, 4), reason="等公示"))
    assert life.case.promised_on == date(2026, 12, 4)
    assert life.case.explained == ((date(2026, 11, 30), date(2026, 12, 4)),), "the last day that was in time"


def test_an_extension_of_the_statutory_time_holds_from_where_the_county_wrote_it() -> None:
    life = lived(until=3)
    extended = facts.DeadlineExtended(
        statutory_on=date(2027, 1, 8), reasons="案情复杂", seen_chain=POINT, seen_seq=life.seqs[Author.TERMINAL]
    )
    life.happen(Author.COUNTY, extended)
    assert life.case.statutory_on == date(2027, 1, 8)
    assert life.case.status is Status.ACCEPTED


def test_facts_that_are_only_noted_never_move_a_case() -> None:
    life = lived(until=3)
    life.happen(Author.TERMINAL, facts.SlipIssued(slip=facts.SlipKind.RECEIPT, copy=0))
    life.happen(
        Author.TERMINAL,
        facts.RatingNotGiven(stage=facts.Stage.TAKEN_IN, visit=1, channel=facts.Channel.PAD, reason="timed_out"),
    )
    assert life.case.status is Status.ACCEPTED
    assert [step.effect for step in life.case.steps[-2:]] == [Effect.NOTED] * 2


def test_every_fact_about_a_case_either_moves_it_or_is_noted() -> None:
    moving = {kind for _, kind in TRANSITIONS}
    about_the_terminal = {kind for kind in Kind if kind < Kind.ONE_TIME_NOTICE_GIVEN}
    about_the_terminal |= {Kind.STICK_WRITTEN, Kind.STICK_READ, Kind.JOURNAL_FOUND_DAMAGED, Kind.SELF_TESTED}
    about_the_terminal |= {Kind.LATE_TAIL_ACCEPTED, Kind.LATE_TAIL_REFUSED, Kind.BODIES_ERASED, Kind.READERS_CHANGED}
    about_the_terminal |= {Kind.DESK_GRANTED}
    assert moving | set(NOTED) | about_the_terminal | BESIDE_CASES == set(Kind)
    assert not moving & set(NOTED)
    assert set(facts.FACTS) == set(Kind)


NEXT, COUNTY_TO_NEXT = b"terminl2", b"county-2"


def give(life: Life, until: int, *, seq: int = 1) -> None:
    """The county gives the case to another terminal; the old one's records count up to `until`."""
    ends = (facts.ChainEnd(chain=POINT, seq=until),)
    happened = facts.CaseGiven(terminal="02", times=1, until=ends)
    life.records[-1] = replace(life.happen(Author.COUNTY, happened), chain=COUNTY_TO_NEXT, seq=seq)


def at_next(life: Life, kind: Kind, seq: int, seen: int) -> None:
    """The terminal that was given the case moves it."""
    life.happen(Author.TERMINAL, move(kind, life.role, COUNTY_TO_NEXT, seen))
    life.records[-1] = replace(life.records[-1], chain=NEXT, seq=seq)


def test_a_case_that_was_given_goes_on_in_the_chains_of_the_new_terminal() -> None:
    life = lived(until=4)
    give(life, until=2)
    # Smaller numbers, and the county's clock set back: neither makes these the older ones.
    at_next(life, Kind.SUPPLEMENT_RECEIVED, seq=1, seen=1)
    life.happen(Author.COUNTY, move(Kind.CASE_DECIDED, life.role, NEXT, 1))
    life.records[-1] = replace(life.records[-1], chain=COUNTY_TO_NEXT, seq=2, wall_ms=1)
    assert life.case.status is Status.DECIDED
    assert (life.case.given_to, life.case.given) == ("02", 1)
    for seed in range(20):
        random.Random(seed).shuffle(life.records)
        assert life.case.status is Status.DECIDED


def test_the_new_terminal_has_seen_what_the_county_wrote_on_the_old_chain() -> None:
    life = lived(until=3)
    life.there(Kind.CASE_DECIDED)
    give(life, until=2)
    at_next(life, Kind.CASE_WITHDRAWN, seq=1, seen=1)
    assert life.case.steps[-1].effect is Effect.PARKED, "not crossed: who withdrew had seen the decision"


def test_a_move_of_the_new_terminal_crosses_what_the_county_wrote_to_it_meanwhile() -> None:
    life = lived(until=3)
    give(life, until=2)
    life.happen(Author.COUNTY, move(Kind.CASE_DECIDED, life.role, POINT, 2))
    life.records[-1] = replace(life.records[-1], chain=COUNTY_TO_NEXT, seq=2)
    at_next(life, Kind.CASE_WITHDRAWN, seq=1, seen=1)
    assert life.case.steps[-1].effect is Effect.OVERRULED


def test_what_the_old_terminal_wrote_behind_the_giving_counts_only_when_the_county_says_so() -> None:
    life = lived(until=3)
    give(life, until=2)
    life.here(Kind.CASE_WITHDRAWN)
    told = [(life.case.status, life.case.steps[-1].effect)]
    # The county says so, and takes it back.
    for seq, until in ((2, 3), (3, 2)):
        give(life, until=until, seq=seq)
        told.append((life.case.status, life.case.steps[-1].effect))
    assert told == [
        (Status.ACCEPTED, Effect.PARKED), (Status.WITHDRAWN, Effect.NOTED), (Status.ACCEPTED, Effect.PARKED),
    ]  # fmt: skip
    assert life.case.given == 1


def test_no_terminal_gives_itself_a_case() -> None:
    life = lived(until=3)
    give(life, until=0)
    life.records[-1] = replace(life.records[-1], author=Author.TERMINAL, chain=NEXT)
    assert (life.case.status, life.case.given_to) == (Status.ACCEPTED, "")
    assert life.case.steps[-1].effect is Effect.PARKED
